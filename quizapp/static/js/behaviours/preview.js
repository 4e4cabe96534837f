// A question or a lesson being written: a moment after the last key the page is asked for once more,
// as its button "Preview" does, and what a pupil sees is put beside the form. Nothing that is written
// is saved by it; the picture of a question is kept for a day.
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

// Whether the answer says that nobody is signed in any more, or that the site cannot answer.
function isRefused(answer) {
  return answer.redirected || [400, 401, 403].includes(answer.status) || answer.status >= 500
}

// Say so above the buttons, where the page has words for it.
function tell(form, isLost) {
  const notice = form.querySelector('[data-part="lost"]')
  if (notice) notice.hidden = !isLost
}

export default function preview(form) {
  let timer = null
  let asked = null

  async function look() {
    const there = document.querySelector('[data-part="preview"]')
    if (asked) asked.abort()
    asked = new AbortController()
    const body = new FormData(form)
    const picture = () => form.elements.picture?.files[0]
    const file = picture()
    body.set("do", "preview")
    try {
      const answer = await fetch(form.action, { method: "POST", body, signal: asked.signal })
      tell(form, isRefused(answer))
      if (!answer.ok || answer.redirected) return
      const page = new DOMParser().parseFromString(await answer.text(), "text/html")
      if (file === picture()) keep(form, page)
      const fresh = page.querySelector('[data-part="preview"]')
      if (!fresh || there.contains(document.activeElement)) return
      there.replaceChildren(...fresh.childNodes)
      there.dispatchEvent(new Event("fragment", { bubbles: true }))
    } catch (error) {
      if (error.name === "AbortError") return
      tell(form, true)
      console.warn("preview:", error)
    }
  }

  form.addEventListener("input", () => {
    clearTimeout(timer)
    timer = setTimeout(look, PAUSE)
  })
}
