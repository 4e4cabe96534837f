// Shows at once who has come into an open class: asks every few seconds how it stands at each name.
// Without this script the page is loaded again by its link.
const EVERY = 4   // Seconds.

export default function classWindow(element) {
  const drawn = (state) => element.querySelector(`template[data-state="${state}"]`).content.cloneNode(true)

  async function look() {
    if (document.hidden) return
    const answer = await fetch(element.dataset.url, { redirect: "manual" }).catch(() => null)
    if (!answer || answer.status >= 500) return
    if (answer.status !== 200) return location.reload()   // Closed meanwhile, or we are signed out.
    show(await answer.json())
  }

  function show({ count, shut_out: shutOut, states }) {
    if (String(shutOut) !== element.dataset.shutOut) return location.reload()
    element.querySelector('[data-part="count"]').textContent = count
    for (const place of element.querySelectorAll("[data-place]")) {
      const before = place.dataset.now, now = states[place.dataset.place]
      if (!now || now === before) continue
      // A closed name has a button of its own, which only the whole page brings.
      if (now === "closed" || before === "closed") return location.reload()
      place.dataset.now = now
      place.replaceChildren(drawn(now))
    }
  }

  setInterval(look, EVERY * 1000)
  document.addEventListener("countdown:over", () => location.reload())
}
