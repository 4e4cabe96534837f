// A question being written: a moment after the last key the page is asked for once more, as its
// button "Preview" does, and what a pupil sees is put beside the form. Nothing is saved by it.
const PAUSE = 600

export default function preview(form) {
  let timer = null
  let asked = null

  async function look() {
    const there = document.querySelector('[data-part="preview"]')
    if (asked) asked.abort()
    asked = new AbortController()
    const body = new FormData(form)
    body.set("do", "preview")
    try {
      const answer = await fetch(form.action, { method: "POST", body, signal: asked.signal })
      if (!answer.ok || answer.redirected) return
      const page = new DOMParser().parseFromString(await answer.text(), "text/html")
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
