// A question being written: a moment after the last key the page is asked for once more, as its
// button "Preview" does, and what a pupil sees is put beside the form. No question is
// saved by it; a picture is kept for a day.
const PAUSE = 600

// A picture that was sent is kept there for a while: from now on the form names it and sends it no
// more.
function keep(form, page) {
  const named = page.querySelector('[name="picture_sha256"]')
  if (!named || named.value === form.elements.picture_sha256.value) return
  form.elements.picture_sha256.value = named.value
  form.elements.picture.value = ""
  form.elements.no_picture.checked = false
}

export default function preview(form) {
  let timer = null
  let asked = null

  async function look() {
    const there = document.querySelector('[data-part="preview"]')
    if (asked) asked.abort()
    asked = new AbortController()
    const body = new FormData(form)
    const file = form.elements.picture.files[0]
    body.set("do", "preview")
    try {
      const answer = await fetch(form.action, { method: "POST", body, signal: asked.signal })
      if (!answer.ok || answer.redirected) return
      const page = new DOMParser().parseFromString(await answer.text(), "text/html")
      if (file === form.elements.picture.files[0]) keep(form, page)
      const fresh = page.querySelector('[data-part="preview"]')
      if (!fresh || there.contains(document.activeElement)) return
      there.replaceChildren(...fresh.childNodes)
      there.dispatchEvent(new Event("fragment", { bubbles: true }))
    } catch (error) {
      if (error.name !== "AbortError") console.warn("preview:", error)
    }
  }

  form.addEventListener("input", () => {
    clearTimeout(timer)
    timer = setTimeout(look, PAUSE)
  })
}
