// Counts down what the server says is left, on the page's own clock: school clocks are wrong.
// Minutes until the last one, so that nobody watches seconds; it can be hidden altogether.
const SAID_AT = [600, 300, 60, 30]

export default function countdown(element) {
  const ends = performance.now() + Number(element.dataset.seconds) * 1000
  const left = element.querySelector(".countdown__left")
  const said = element.querySelector(".countdown__said")
  const hide = element.querySelector(".countdown__hide")
  let before = Infinity

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
    if (seconds > 0) return setTimeout(tick, 250)
    left.hidden = false
    element.dispatchEvent(new CustomEvent("countdown:over", { bubbles: true }))
  }

  hide.hidden = false
  hide.addEventListener("click", () => {
    left.hidden = !left.hidden
    hide.setAttribute("aria-pressed", String(left.hidden))
  })
  tick()
}
