// No link and no button leaves this page before the site has answered: without a connection the
// browser would show its own error page in its place. Forms with a script of their own ask themselves.
import { isThere } from "./calls.js"

export default function leaving(element) {
  const free = new WeakSet()   // Forms of which is known that they can be sent.

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]")
    if (!link || link.target || link.origin !== location.origin) return
    if (link.hash && link.pathname === location.pathname) return
    if (event.ctrlKey || event.metaKey || event.shiftKey) return   // Another window.
    ask(event, link.href, () => location.assign(link.href))
  }, true)

  document.addEventListener("submit", (event) => {
    const { target: form, submitter } = event
    if (form.dataset.behaviour || free.delete(form)) return
    ask(event, location.pathname, () => {
      free.add(form)
      form.requestSubmit(submitter)
    })
  }, true)

  async function ask(event, address, go) {
    event.preventDefault()
    if (await isThere(address)) go()
    else element.dispatchEvent(new Event("away", { bubbles: true }))
  }
}
