// A long text being written: whoever leaves the page before it is saved is asked first. And it is
// kept in this tab, until the page shows it as it was saved: the answer to "Save" may be an error
// page, and then "Back" brings back the old text.
const KEPT = "unsaved:"

function areas(form) {
  return [...form.querySelectorAll("textarea")]
}

// With them the version over which they are written: what is put back is not saved over a newer one.
function written(form) {
  const texts = areas(form).map((area) => [area.name, area.value])
  return Object.fromEntries([...texts, ["base", form.elements.base?.value ?? ""]])
}

// What was kept; null if nothing was, or if it cannot be read.
function kept(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key))
  } catch {
    return null
  }
}

function keep(key, texts) {
  try {
    sessionStorage.setItem(key, JSON.stringify(texts))
  } catch (error) {
    console.warn("unsaved:", error)   // No room, or forbidden: then the page is as it was before.
  }
}

// Offer what was kept, where it is not what stands in the form.
function offer(form, key) {
  const texts = kept(key)
  const notice = document.querySelector('[data-part="kept"]')
  if (!texts || !notice) return
  if (areas(form).every((area) => (texts[area.name] ?? "") === area.value)) {
    sessionStorage.removeItem(key)
    return
  }
  notice.hidden = false
  notice.querySelector('[data-do="restore"]').addEventListener("click", () => {
    for (const area of areas(form)) area.value = texts[area.name] ?? ""
    if (form.elements.base) form.elements.base.value = texts.base ?? ""
    notice.hidden = true
    form.dispatchEvent(new Event("input", { bubbles: true }))
  })
  notice.querySelector('[data-do="forget"]').addEventListener("click", () => {
    sessionStorage.removeItem(key)
    notice.hidden = true
  })
}

export default function unsaved(form) {
  const key = KEPT + (form.dataset.keeps ?? "")
  const keeps = "keeps" in form.dataset
  let waits = "unsaved" in form.dataset   // Shown once more as it was sent, and not saved.
  if (keeps && waits) keep(key, written(form))
  else if (keeps) offer(form, key)
  form.addEventListener("input", () => {
    waits = true
    // What is offered is not written over before somebody has decided about it.
    const offered = document.querySelector('[data-part="kept"]')
    if (keeps && (!offered || offered.hidden)) keep(key, written(form))
  })
  form.addEventListener("submit", () => { waits = false })
  window.addEventListener("beforeunload", (event) => {
    if (!waits) return
    event.preventDefault()
    event.returnValue = true   // Chrome before 119 asks for it.
  })
}
