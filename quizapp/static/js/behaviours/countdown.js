// Counts down what the server says is left, on the page's own clock: school clocks are wrong.
// Minutes until the last one, so that nobody watches seconds; it can be hidden altogether.
const SAID_AT = [600, 300, 60, 30]

export default function countdown(element) {
  let ends = performance.now() + Number(element.dataset.seconds) * 1000
  const left = element.querySelector(".countdown__left")
  const said = element.querySelector(".countdown__said")
  const hide = element.querySelector(".countdown__hide")
  let before = Infinity, stands = "stands" in element.dataset, ticking

  function words(seconds) {
    if (seconds <= 0) return element.dataset.over
    if (seconds <= 60) return element.dataset.last.replace("{n}", seconds)
    return element.dataset.minutes.replace("{n}", Math.ceil(seconds / 60))
  }

  function tick() {
    const seconds = Math.max(0, Math.ceil((ends - performance.now()) / 1000))
    const text = words(seconds)
    if (left.textContent !== text) left.textContent = text
    element.classList.toggle("countdown--last", seconds <= 60)
    if (seconds === 0 || SAID_AT.some((mark) => seconds <= mark && mark < before)) said.textContent = text
    before = seconds
    if (stands) return
    if (seconds > 0) {
      ticking = setTimeout(tick, 250)
      return
    }
    left.hidden = false
    element.dispatchEvent(new CustomEvent("countdown:over", { bubbles: true }))
  }

  // The server has said anew how much is left, and whether it stands still.
  document.addEventListener("countdown:set", ({ detail }) => {
    if (before === 0 && detail.seconds === 0) return
    clearTimeout(ticking)
    before = Math.max(before, detail.seconds)
    ends = performance.now() + detail.seconds * 1000
    stands = detail.stands
    tick()
  })
  hide.hidden = false
  hide.addEventListener("click", () => {
    left.hidden = !left.hidden
    hide.setAttribute("aria-pressed", String(left.hidden))
  })
  tick()
}
