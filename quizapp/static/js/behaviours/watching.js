// Asks every few seconds whether something has changed: shows what the server says of it, or loads
// the page again. Seldom while nobody looks, and no more after an hour. Without it, a link does.
const HOUR = 3600 * 1000
const UNSEEN = 10   // So many times more seldom.

export default function watching(element) {
  const began = performance.now()
  const says = element.querySelector('[data-part="says"]')
  let mark = element.dataset.mark ? `"${element.dataset.mark}"` : ""

  async function look() {
    if (!element.isConnected) return
    const headers = mark ? { "If-None-Match": mark } : {}
    try {
      const answer = await fetch(element.dataset.url, { headers, cache: "no-store", redirect: "manual" })
      if (answer.status === 200) await changed(answer)
    } catch {
      // No network, or an answer of something in between: the next one may be ours.
    } finally {
      wait()
    }
  }

  async function changed(answer) {
    const told = await answer.json()
    mark = answer.headers.get("ETag")
    if (!says) return location.reload()
    if (says.textContent !== told.says) says.textContent = told.says
  }

  // Not all at the same moment: a whole class has opened the page at once.
  function wait() {
    if (performance.now() - began > HOUR) return
    const seconds = Number(element.dataset.every) * (document.hidden ? UNSEEN : 1)
    setTimeout(look, seconds * (800 + Math.random() * 400))
  }

  wait()
}
