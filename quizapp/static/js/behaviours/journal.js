// The journal: what a pupil does in lessons is written on this device first, and leaves it in its
// order when the site has said that it is kept, or why it cannot be. What cannot be kept just now
// is sent again by the next page. Its element is the line that tells of it on every page of a
// pupil; what another pupil has left here waits for that pupil.
import { call, renew } from "./calls.js"
import { open } from "./store.js"

const MOST = 50                 // Entries of a request; the site takes no more.
const WAITS = [1, 2, 5, 10, 30] // Seconds before each new try; the last one repeats.

const waiting = new Map()       // Id of an entry: who wants to hear what became of it.
let line, words, table, timer
let mine = [], others = 0       // What waits: of this pupil in its order, and how many of others.
let choices = []                // What waits of quizzes, of whomever it is.
const held = new Set()          // Lessons in which something has to be sent again, by another page.
let sending = false, failures = 0, isBehind = false
let awake
const ready = new Promise((done) => { awake = done })

export default async function journal(element) {
  line = element
  words = element.dataset
  table = await open("journal")
  choices = await (await open("choices")).all()
  await look()
  awake()
  document.addEventListener("signing-out", (event) => event.detail.push({ waits: () => mine.length, hurry: send, drop }))
  window.addEventListener("online", send)
  document.addEventListener("visibilitychange", () => { if (!document.hidden) send() })
  tell(mine.length ? "kept" : "")
  forgetOthers()
  send()
  // Choices go by a script of their own, on any page but that of a quiz.
  const isQuiz = document.querySelector("[data-behaviour~=sitting]")
  if (!isQuiz && choices.some(isMine)) (await import("./carrying.js")).carry()
}

// Writes an entry down and sends it; tells of {state: "saved" | "kept" | "refused", says}.
export async function add(entry) {
  await ready
  const id = made()
  const told = new Promise((done) => waiting.set(id, done))
  await table.add({ id, reader: words.reader, entry })
  await look()
  send()
  return told
}

// Returns what waits to be sent, in its order.
export async function kept() {
  await ready
  return mine.map((row) => row.entry)
}

async function look() {
  const rows = await table.all()
  mine = rows.filter(isMine)
  others = [...rows, ...choices].filter((row) => !isMine(row)).length
}

function isMine(row) {
  return row.reader === words.reader
}

async function send() {
  clearTimeout(timer)
  if (sending || !free().length) return
  sending = true
  const slow = setTimeout(tell, 400, "sending")
  const answer = await post(free().slice(0, MOST))
  clearTimeout(slow)
  await settle(answer).finally(() => { sending = false })
  if (free().length && !failures) send()
}

// What may be sent: in a lesson nothing overtakes what came before it.
function free() {
  return mine.filter((row) => !held.has(row.entry.lesson))
}

function post(rows) {
  const entries = rows.map(({ id, entry }) => ({ id, ...entry }))
  return call("POST", words.address, { reader: words.reader, entries })
}

async function settle({ status, entries, error }) {
  if (status === 200) return settled(entries)
  failures += 1
  answerAll({ state: "kept" })
  if (status === 401) forget()
  if (error && error.code === "csrf") await renew()
  else if (status === 401 || status === 403 || status === 409) return tell("out")
  else if (status >= 400 && status < 500 && status !== 429) return tell("fault")
  tell("kept")
  const pause = WAITS[Math.min(failures, WAITS.length) - 1] * (0.5 + Math.random() / 2)
  timer = setTimeout(send, pause * 1000)   // A whole class must not come back at once.
}

async function settled(entries) {
  const told = new Map(entries.map((one) => [one.id, one]))
  const answered = mine.filter((row) => told.has(row.id))
  for (const { id, number, entry } of answered) {
    if (told.get(id).again) held.add(entry.lesson)
    else await table.remove(number)
  }
  await look()
  failures = 0
  const refused = []   // Why, of what nobody on this page waits for.
  for (const { id, entry } of answered) {
    const { kept, again, says } = told.get(id)
    const outcome = { state: kept ? "saved" : again ? "kept" : "refused", says }
    if (waiting.has(id)) waiting.get(id)(outcome)
    else document.dispatchEvent(new CustomEvent("journal", { detail: { entry, ...outcome } }))
    if (!kept && !again && !waiting.has(id)) refused.push(says)
    waiting.delete(id)
  }
  if (refused.length) tell("refused", refused.join(" "))
  else if (!mine.length) tell(isBehind ? "sent" : "")
  else if (held.size) tell("kept")
}

function answerAll(outcome) {
  for (const done of waiting.values()) done(outcome)
  waiting.clear()
}

function tell(now, count = mine.length) {
  isBehind = now !== "sent" && now !== "" && (isBehind || now !== "sending")
  const says = [now && words[now].replace("{n}", () => count), others && words.others.replace("{n}", others)]
  const text = says.filter(Boolean).join(" ")
  if (line.textContent !== text) line.textContent = text
}

// Signing out: nothing stays on the device, of nobody.
function drop() {
  mine = []
  table.clear()
  forget()
}

// The pages that the service worker keeps are this pupil's, or they go.
function forgetOthers() {
  forget((name) => !name.startsWith(`lessons-${words.reader}-`))
}

async function forget(isMeant = () => true) {
  if (!("caches" in window)) return
  const names = (await caches.keys()).filter((name) => name.startsWith("lessons-") && isMeant(name))
  for (const name of names) await caches.delete(name)
}

// A random UUID; crypto.randomUUID is not there on a school's own server without a certificate.
function made() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = bytes[6] & 15 | 64
  bytes[8] = bytes[8] & 63 | 128
  const signs = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
  return signs.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
}
