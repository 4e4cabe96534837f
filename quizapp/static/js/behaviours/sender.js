// Sends the answers of a running quiz: one request at a time, of each question the newest choice,
// until the server has said that it is saved. Until then they are on this device as well, so that
// the next page goes on where this one was cut off. A part of sitting.js.
import { call, isThere, renew } from "./calls.js"
import { fill, given, isAnswered } from "./given.js"
import * as unsent from "./unsent.js"

const WAITS = [2, 3, 4]   // Seconds before each new try; the last one repeats.
const GAP = 2             // Seconds between two requests, as long as one has failed.
const AT_THE_BELL = 3     // Seconds over which all come who hear it together.
const TAIL = 1024         // A number ends in that of its page, so that no two pages make the same.
const tail = crypto.getRandomValues(new Uint16Array(1))[0] % TAIL
const after = (seq) => (Math.floor(seq / TAIL) + 1) * TAIL + tail

export function sender(form, tell) {
  const { api, review, result, sitting, submission } = form.dataset
  const questions = [...form.querySelectorAll(".question")]
  const question = (position) => form.querySelector(`#item-${position}`)
  const waiting = new Map()   // Position: its newest answer, as long as it is not saved.
  const closed = []           // Questions that were open until the time was over.
  let every = Number(form.dataset.saveEvery)
  let sending = false, over = false, isAway = false
  let leaving = ""            // "review" or "hand-in": what comes when all is saved.
  let failures = 0, sentAt = 0, quietUntil = 0, busyUntil = 0, timer
  const tabs = new BroadcastChannel(`sitting-${sitting}`)
  let written = unsent.rows().then(takeUp).catch(warn)
  tabs.onmessage = ({ data }) => mirror(data)

  // A word that is still being typed is one choice until it has been sent.
  function add(item, pause = 0) {
    const position = Number(item.dataset.position)
    const isTyped = pause > 0 && waiting.has(position) && !sending && !failures
    const seq = isTyped ? Number(item.dataset.seq) : after(item.dataset.seq)
    item.dataset.seq = seq
    waiting.set(position, { position, choice: given(item), seq, at: new Date().toISOString() })
    keep(waiting.get(position))
    tabs.postMessage(waiting.get(position))
    say()
    stay()
    wake(pause)
  }

  // Whatever the line has said, it was said without this choice.
  function say() {
    if (isAway) tell.line("kept", waiting.size)
    else tell.unsaid()
  }

  // It is on the device before it is sent; what the device refuses is sent all the same.
  function keep(row) {
    written = Promise.all([written, unsent.keep({ ...row, sitting }).catch(warn)])
  }

  // What an earlier page of this sitting could not send; what the site has got since is newer.
  function takeUp(rows) {
    const own = rows.filter((row) => row.sitting === sitting)
    for (const { position, choice, seq, at } of own.filter((row) => row.position !== unsent.HANDS_IN)) {
      const item = question(position)
      if (waiting.has(position)) {   // It was answered while the device was being read.
        item.dataset.seq = Math.max(item.dataset.seq, seq)
        add(item)
      } else if (!mirror({ position, choice, seq, at })) {
        if (seq < item.dataset.seq && String(choice) !== String(given(item))) tell.notice("elsewhere")
        unsent.settle(sitting, position, seq).catch(warn)
      }
    }
    if (own.some((row) => row.position === unsent.HANDS_IN)) handIn()
  }

  // What was chosen on another page of this browser stands here, too, if it is newer; both send it.
  function mirror({ position, choice, seq, at }) {
    const item = question(position)
    if (seq <= item.dataset.seq) return false
    item.dataset.seq = seq
    fill(item, choice)
    waiting.set(position, { position, choice, seq, at })
    say()
    wake(0)
    return true
  }

  function wake(seconds) {
    const calm = failures ? sentAt + GAP * 1000 : leaving || document.hidden ? 0 : quietUntil
    clearTimeout(timer)
    timer = setTimeout(send, Math.max(seconds * 1000, Math.max(busyUntil, calm) - performance.now()))
  }

  async function send() {
    if (sending) return
    sending = true
    await written
    sentAt = performance.now()
    const answers = [...waiting.values()]
    if (answers.length) await ask("PUT", api, { answers }, settled)
    else if (leaving) await goOn()
    else if (failures) await look()
    sending = false
    if (answers.length && !waiting.size && leaving) wake(0)
  }

  // Makes one call; what became of it is told, and tried again if that may help.
  async function ask(method, address, body, done) {
    const slow = setTimeout(tell.line, 200, "saving")
    const { status, busyFor, error, ...told } = await call(method, address, body)
    clearTimeout(slow)
    if (status) isAway = false
    if (status === 200) {
      failures = 0
      done(told)
    } else if (!status) again("kept")
    else if (busyFor !== undefined) again("busy", busyFor)
    else if (error.code === "csrf") await renew().then(() => again("renewed"))
    else if (status === 401 || status === 404) tell.notice("signed-out")   // Tried again when somebody looks.
    else if (error.code === "locked") await locked(Number(error.fields.position), error.message)
    else if (status === 409) await close(result)
    else if (status === 410) tooLate()
    else tell.notice("refused", `${status} ${error.code}`)
  }

  // Whether the network that was gone is there again; nothing waits for it.
  async function look() {
    if (!await isThere(review)) return again("kept")
    failures = 0
    isAway = false
    tell.quiet()
  }

  function settled({ saved, save_every, now, deadline }) {
    every = save_every
    quietUntil = performance.now() + every * 1000
    tell.clear()
    for (const { position, seq } of saved) {
      unsent.settle(sitting, position, seq).catch(warn)
      const mine = waiting.get(position)
      if (!mine || mine.seq > seq) continue   // Chosen anew while the request was under way.
      waiting.delete(position)
      question(position).dataset.seq = seq
      if (mine.seq < seq) tell.notice("elsewhere")
    }
    document.dispatchEvent(new CustomEvent("sitting:saved", { detail: { deadline } }))   // For bell.js.
    if (over && Date.parse(deadline) > Date.parse(now)) goOnAnswering()
    if (leaving === "hand-in") tell.notice("queued")
    if (waiting.size) wake(Math.max(every, 1))
    else tell.line("saved", clock(now))
  }

  // By the clock of the server, in the place where the school is.
  function clock(now) {
    return new Date(now).toLocaleTimeString("en-GB", { timeZone: form.dataset.zone, hour: "2-digit", minute: "2-digit" })
  }

  function again(state, atLeast = 0) {
    const pause = WAITS[Math.min(failures, WAITS.length - 1)] * (1 + Math.random() / 4)
    const seconds = Math.max(pause, atLeast + Math.random())   // A whole city must not come back at once.
    failures += 1
    isAway = state === "kept"
    busyUntil = state === "busy" ? performance.now() + seconds * 1000 : 0
    if (state === "busy") tell.line("busy", Math.ceil(seconds))
    if (state === "kept") tell.line(waiting.size ? "kept" : "alone", waiting.size)
    if (state === "kept" && leaving === "review" && !over) offer()
    wake(seconds)
  }

  function offer() {
    const isOffered = form.querySelector('[data-part="notice"] [data-do="hand-in"]')
    if (!isOffered) tell.notice("offer", questions.filter((item) => !isAnswered(item)).length)
  }

  function tooLate() {
    over = true
    disable()
    tell.notice("late", waiting.size)
    for (const { position, seq } of waiting.values()) unsent.settle(sitting, position, seq).catch(warn)
    waiting.clear()
  }

  // It counts as it was, for the quiz has gone on since, elsewhere perhaps; the others are sent again.
  async function locked(position, says) {
    failures = 0
    waiting.delete(position)
    question(position).disabled = true
    tell.notice("locked", says)
    await unsent.settle(sitting, position).catch(warn)
    wake(0)
  }

  async function close(address) {
    waiting.clear()
    leaving = ""
    await unsent.forget(sitting).catch(warn)
    location.assign(address)
  }

  // Off line the browser would show its own error page in place of the quiz: so ask first.
  async function goOn() {
    if (leaving === "hand-in") return ask("POST", submission, {}, () => close(result))
    if (await isThere(review)) return location.assign(review)
    again("kept")
  }

  // The wish stands on the device as the answers do: it is told to the site when they are saved.
  function handIn() {
    leaving = "hand-in"
    keep({ position: unsent.HANDS_IN, choice: [], seq: 1 })
    tell.notice("queued")
    wake(0)
  }

  // Whoever goes on answering does not want to leave just now. After the bell there is no way back.
  function stay() {
    if (over || !leaving) return
    if (leaving === "hand-in") unsent.settle(sitting, unsent.HANDS_IN).catch(warn)
    leaving = ""
    tell.clear()
  }

  function leave() {
    leaving = leaving || "review"
    wake(0)
  }

  function end() {
    over = true
    disable()
    leaving = leaving || "review"
    wake(Math.random() * AT_THE_BELL)
  }

  // Somebody has given more time.
  function goOnAnswering() {
    over = false
    for (const item of closed.splice(0)) item.disabled = false
    stay()
  }

  function disable() {
    closed.push(...questions.filter((item) => !item.disabled))
    for (const item of closed) item.disabled = true
  }

  function hurry() {
    if (waiting.size || leaving || failures) wake(document.hidden ? 0 : Math.random())
  }

  function drop() {
    waiting.clear()
    over = true
    unsent.wipe().catch(warn)
  }
  return { add, away: () => again("kept"), stay, leave, handIn, end, hurry, drop, waits: () => waiting.size + (leaving === "hand-in") }
}

function warn(error) {
  console.warn("unsent:", error)   // The device is full, or forbids it: then the page alone keeps them.
}
