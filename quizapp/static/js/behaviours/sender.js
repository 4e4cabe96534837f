// Sends the answers of a running quiz: one request at a time, of each question the newest choice,
// until the server has said that it is saved. A part of sitting.js.
import { given } from "./given.js"

const WAITS = [1, 2, 4, 8, 10]   // Seconds before each new try; the last one repeats.
const PATIENCE = 15              // Seconds after which a request counts as lost.

export function sender(form, tell) {
  const { api, review, result } = form.dataset
  const waiting = new Map()   // Position: its newest answer, as long as it is not saved.
  let token = form.elements.csrf_token.value
  let every = Number(form.dataset.saveEvery)
  let sending = false, leaving = false, over = false
  let failures = 0, quietUntil = 0, timer

  // A word that is still being typed is one choice until it has been sent.
  function add(item, pause = 0) {
    const position = Number(item.dataset.position)
    const isTyped = pause > 0 && waiting.has(position) && !sending && !failures
    const seq = Number(item.dataset.seq) + (isTyped ? 0 : 1)
    item.dataset.seq = seq
    waiting.set(position, { position, choice: given(item), seq, at: new Date().toISOString() })
    tell.unsaid()
    stay()
    wake(pause)
  }

  function wake(seconds) {
    clearTimeout(timer)
    timer = setTimeout(send, Math.max(seconds * 1000, quietUntil - performance.now()))
  }

  async function send() {
    if (sending) return
    if (!waiting.size) return leaving ? goOn() : null
    sending = true
    const slow = setTimeout(tell.line, 200, "saving")
    const answer = await put().catch(() => null)
    clearTimeout(slow)
    sending = false
    if (answer) settle(answer)
    else again("kept")
  }

  async function put() {
    const patience = new AbortController()
    setTimeout(() => patience.abort(), PATIENCE * 1000)
    const answer = await fetch(api, {
      method: "PUT",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": token },
      body: JSON.stringify({ answers: [...waiting.values()] }),
      signal: patience.signal,
    })
    const { status, headers } = answer
    if (status === 429 || status >= 500) return { status, busyFor: Number(headers.get("Retry-After")) || 0 }
    return { status, ...await answer.json() }
  }

  function settle({ status, busyFor, error, saved, save_every }) {
    if (busyFor !== undefined) return again("busy", busyFor)
    if (!error) return settled(saved, save_every)
    if (error.code === "csrf") return renew()
    if (status === 401) return tell.notice("signed-out")   // Tried again when this window is looked at.
    if (status === 409) return close(result)
    if (status === 410) return tooLate()
    tell.notice("refused", `${status} ${error.code}`)
  }

  function settled(saved, save_every) {
    failures = 0
    every = save_every
    quietUntil = performance.now() + every * 1000
    tell.clear()
    for (const { position, seq } of saved) {
      const mine = waiting.get(position)
      if (!mine || mine.seq > seq) continue   // Chosen anew while the request was under way.
      waiting.delete(position)
      form.querySelector(`#item-${position}`).dataset.seq = seq
      if (mine.seq < seq) tell.notice("elsewhere")
    }
    if (waiting.size) return wake(Math.max(every, 1))
    tell.line("saved")
    if (leaving) goOn()
  }

  function again(state, atLeast = 0) {
    const pause = WAITS[Math.min(failures, WAITS.length - 1)] * (0.5 + Math.random() / 2)
    const seconds = Math.max(pause, atLeast + Math.random())   // A whole city must not come back at once.
    failures += 1
    quietUntil = state === "busy" ? performance.now() + seconds * 1000 : 0
    if (state === "busy") tell.line("busy", Math.ceil(seconds))
    if (state === "kept") tell.line(waiting.size ? "kept" : "alone", waiting.size)
    wake(seconds)
  }

  // Who signs in again in another window has a new token; any page of the site tells it.
  async function renew() {
    const page = await fetch(location.pathname).then((answer) => answer.text()).catch(() => "")
    const field = new DOMParser().parseFromString(page, "text/html").querySelector("[name=csrf_token]")
    if (field) token = field.value
    again("renewed")
  }

  function tooLate() {
    over = true
    for (const item of form.querySelectorAll(".question")) item.disabled = true
    tell.notice("late", waiting.size)
    waiting.clear()
  }

  function close(address) {
    waiting.clear()
    location.assign(address)
  }

  // Off line the browser would show its own error page in place of the quiz: so ask first.
  function goOn() {
    const arrived = (answer) => answer.status < 500 ? close(review) : again("busy")
    return fetch(review, { method: "HEAD" }).then(arrived, () => again("kept"))
  }

  function guard(event) {
    const leaves = event.type === "submit" ? event.target !== form : event.target.closest('a[href^="/"]')
    const asks = event.type === "submit" && event.target.dataset.behaviour === "sign-out"
    if (navigator.onLine || !leaves || asks) return
    event.preventDefault()
    again("kept")
  }

  function stay() {
    leaving = over
  }

  function leave() {
    leaving = true
    wake(0)
  }

  function end() {
    over = true
    leave()
  }

  function hurry() {
    if (waiting.size || leaving) wake(document.hidden ? 0 : Math.random())
  }

  function drop() {
    waiting.clear()
    over = true
  }
  return { add, stay, leave, end, hurry, drop, guard, waits: () => waiting.size }
}
