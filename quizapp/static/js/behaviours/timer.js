// The time of an activity, on the page's own clock: started, halted and started again by a button.
export default function timer(element) {
  const part = (name) => element.querySelector(`[data-part="${name}"]`)
  const button = part("start")
  let left = Number(element.dataset.minutes) * 60, ends = 0, ticking

  function show() {
    const minutes = Math.floor(left / 60), seconds = String(left % 60).padStart(2, "0")
    part("left").textContent = left ? `${minutes}:${seconds}` : element.dataset.over
  }

  function tick() {
    left = Math.max(0, Math.ceil((ends - performance.now()) / 1000))
    show()
    if (left && element.isConnected) return
    clearInterval(ticking)
    button.hidden = true
    part("said").textContent = element.dataset.over
  }

  button.hidden = false
  button.addEventListener("click", () => {
    if (ticking) {
      clearInterval(ticking)
      ticking = undefined
    } else {
      ends = performance.now() + left * 1000
      ticking = setInterval(tick, 250)
    }
    button.textContent = button.dataset[ticking ? "pause" : "start"]
  })
}
