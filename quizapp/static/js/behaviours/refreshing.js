// Brings the figures of a page anew every few seconds, or the state at each name. What
// has a mark and has not changed is not sent again. Rests while nobody looks. A screen reader is told
// of changes once a minute at most. Without this script the page is loaded again by its link.
const SPOKEN = 60 * 1000

export default function refreshing(element) {
  const part = (name) => element.querySelector(`[data-part="${name}"]`)
  const every = Number(element.dataset.every) * 1000
  let mark = "", spoken = performance.now(), timer

  async function look() {
    if (!element.isConnected) return
    const headers = mark ? { "If-None-Match": mark } : {}
    const answer = await fetch(element.dataset.url, { headers, cache: "no-store", redirect: "manual" }).catch(() => null)
    if (answer && (answer.status === 200 || answer.status === 304)) await took(answer)
    if (answer && [0, 401, 403, 404].includes(answer.status)) return location.reload()   // Over, or we are signed out.
    wait()
  }

  async function took(answer) {
    if (answer.status === 200) {
      mark = answer.headers.get("ETag")
      const told = await answer.json()
      if (told.states) states(told)
      else figures(told.figures)
    }
    const looked = part("looked"), at = new Date(answer.headers.get("Date"))
    if (looked) looked.textContent = element.dataset.looked.replace("{time}", at.toLocaleTimeString())
    const [, ms] = /dur=(\d+)/.exec(answer.headers.get("Server-Timing")) || []
    if (ms && part("took")) part("took").textContent = ms
    say()
  }

  // Where somebody reads with the keyboard, the table must not be taken away under the hands.
  function figures(text) {
    const made = new DOMParser().parseFromString(text, "text/html").body
    const held = part("figures").contains(document.activeElement) && document.activeElement.getAttribute("href")
    const across = part("figures").querySelector(".datatable")?.scrollLeft
    part("figures").replaceChildren(...made.childNodes)
    if (across) part("figures").querySelector(".datatable").scrollLeft = across
    if (held) part("figures").querySelector(`[href="${held}"]`)?.focus({ preventScroll: true })
  }

  function states({ said, states: now }) {
    part("finding").textContent = said
    for (const place of element.querySelectorAll("[data-place]")) {
      const state = now[place.dataset.place]
      if (!state || state === place.dataset.now) continue
      place.dataset.now = state
      place.replaceChildren(element.querySelector(`template[data-state="${state}"]`).content.cloneNode(true))
    }
  }

  function say() {
    const told = part("finding").textContent.trim()
    if (performance.now() - spoken < SPOKEN || part("said").textContent === told) return
    spoken = performance.now()
    part("said").textContent = told
  }

  function wait() {
    clearTimeout(timer)
    if (!document.hidden) timer = setTimeout(look, every * (0.9 + Math.random() / 5))
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer)
    if (!document.hidden) look()
  })
  for (const link of element.querySelectorAll("[data-plain]")) link.hidden = true
  wait()
}
