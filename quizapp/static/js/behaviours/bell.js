// Asks the server now and then how much time is left: the school may have paused the quiz, or given
// more. Seldom, for a whole city sits; once more in the last minute, so that no bell rings that has
// been put off. A save that is answered with another deadline asks at once.
const SELDOM = 300, LAST = 50, PAUSED = 15, SOON = 3   // Seconds.

export default function bell(element) {
  const part = (name) => element.querySelector(`[data-part="${name}"]`)
  let deadline = Date.parse(element.dataset.deadline)
  let left = Number(element.dataset.seconds), isPaused = "paused" in element.dataset
  let timer

  async function ask() {
    const answer = await fetch(element.dataset.url, { cache: "no-store", redirect: "manual" }).catch(() => null)
    if (answer && answer.status === 200) tell(await answer.json())
    wait()
  }

  function tell(told) {
    deadline = Date.parse(told.deadline)
    left = told.seconds_left
    if (isPaused !== told.is_paused) {
      isPaused = told.is_paused
      part("paused").replaceChildren(isPaused ? part("copy").content.cloneNode(true) : "")
    }
    document.dispatchEvent(new CustomEvent("countdown:set", { detail: { seconds: left, stands: isPaused } }))
  }

  // Each at a moment of its own, or a whole city asks in the same second.
  function wait() {
    const before = 10 + Math.random() * (LAST - 10)
    const next = isPaused ? PAUSED : left > LAST ? Math.min(SELDOM, left - before) : SELDOM
    later(next * (0.9 + Math.random() / 10))
  }

  function later(seconds) {
    clearTimeout(timer)
    timer = setTimeout(ask, seconds * 1000)
  }

  document.addEventListener("sitting:saved", ({ detail }) => {
    if (Math.abs(Date.parse(detail.deadline) - deadline) < 1000) return
    deadline = Date.parse(detail.deadline)
    later(Math.random() * SOON)
  })
  wait()
}
