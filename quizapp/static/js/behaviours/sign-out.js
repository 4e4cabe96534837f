// Signs out without losing answers: first sends what waits, and says what could not be sent. Off
// line nobody can be signed out; the page is emptied, and the way out is taken when there is one.
const PATIENCE = 8   // Seconds for which the last answers may be under way.
const AGAIN = 3      // Seconds before the next try to reach the site.

export default function signOut(form) {
  let leaving = false

  form.addEventListener("submit", (event) => {
    const queues = []   // Whoever has something to send adds itself.
    document.dispatchEvent(new CustomEvent("signing-out", { detail: queues }))
    if (navigator.onLine && !behind(queues)) return
    event.preventDefault()
    if (leaving) return
    leaving = true
    leave(queues).finally(() => { leaving = false })
  })

  async function leave(queues) {
    const words = document.createElement("p")
    words.setAttribute("role", "status")
    words.textContent = form.dataset.sending
    if (behind(queues)) form.append(words)
    await sent(queues)
    words.remove()
    const lost = behind(queues)
    if (!lost && navigator.onLine) return form.submit()
    if (lost && !window.confirm(form.dataset.lost.replace("{n}", lost))) return
    for (const queue of queues) queue.drop()
    goOut(form)
  }
}

function behind(queues) {
  return queues.reduce((sum, queue) => sum + queue.waits(), 0)
}

async function sent(queues) {
  const ends = performance.now() + PATIENCE * 1000
  for (const queue of queues) queue.hurry()
  while (behind(queues) && navigator.onLine && performance.now() < ends) {
    await new Promise((done) => setTimeout(done, 100))
  }
}

// Nothing of the pupil stays on the screen while the site cannot be reached.
function goOut(form) {
  const fields = new FormData(form)
  const { action, dataset } = form
  const words = document.createElement("p")
  words.className = "notice notice--near"
  words.setAttribute("role", "alert")
  words.textContent = dataset.waiting
  const page = document.createElement("main")
  page.className = "sheet"
  page.append(words)

  async function knock() {
    const answer = await fetch(action, { method: "POST", body: fields, redirect: "manual" }).catch(() => null)
    if (answer && answer.status < 500) return location.replace(dataset.next)
    document.body.replaceChildren(page)
    setTimeout(knock, AGAIN * 1000)
  }
  knock()
}
