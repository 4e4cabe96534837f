// What a page of a quiz could not send is sent from any other page of the pupil: after a crash, or
// when the machine was left. It counts only as long as there is time. A part of journal.js and
// handing-in.js.
import { call, renew } from "./calls.js"
import * as unsent from "./unsent.js"

const WAITS = [2, 3, 4]   // Seconds before each new try; the last one repeats.
const line = document.querySelector('[data-part="carried"]')
let carrying = false, isAsked = false, failures = 0, left = 0, timer

document.addEventListener("signing-out", (event) => event.detail.push({ waits: () => left, hurry: carry, drop: unsent.wipe }))
for (const moment of ["online", "focus"]) window.addEventListener(moment, () => { if (left) carry() })

export async function carry() {
  isAsked = true
  if (carrying) return
  carrying = true
  while (isAsked) {
    isAsked = false
    clearTimeout(timer)
    await all()
  }
  carrying = false
}

async function all() {
  const rows = await unsent.rows()
  left = rows.length
  for (const sitting of new Set(rows.map((row) => row.sitting))) {
    const fault = await one(sitting, rows.filter((row) => row.sitting === sitting))
    if (fault) return again(fault)
  }
  if (!left) return
  left = failures = 0
  tell("sent")
}

// Sends what there is of a sitting; returns the answer that let it stay on the device.
async function one(sitting, rows) {
  const api = `/api/v1/sittings/${sitting}`
  const answers = rows.filter((row) => row.position !== unsent.HANDS_IN)
    .map(({ position, choice, seq, at }) => ({ position, choice, seq, at }))
  if (answers.length) {
    const told = await call("PUT", `${api}/answers`, { answers })
    if (told.error && told.error.code === "locked") {   // It counts as it was; the others are sent.
      const position = Number(told.error.fields.position)
      await unsent.settle(sitting, position)
      return one(sitting, rows.filter((row) => row.position !== position))
    }
    if (![200, 409, 410].includes(told.status)) return told   // 410: the result says which.
  }
  const handsIn = answers.length < rows.length
  if (handsIn) {
    const told = await call("POST", `${api}/submission`, {})
    if (told.status !== 200) return told
  }
  await unsent.forget(sitting)
  if (!location.pathname.includes(sitting)) return
  if (handsIn) location.assign(`/quizzes/sittings/${sitting}/result`)
  else location.reload()
}

async function again({ status, busyFor = 0, error }) {
  if (error && error.code === "csrf") await renew()
  else if (status === 401 || status === 404) return tell("out")   // It waits for whom it is of.
  else if (error) return tell("fault")
  const pause = WAITS[Math.min(failures, WAITS.length - 1)] * (1 + Math.random() / 4)
  failures += 1
  tell("kept")
  timer = setTimeout(carry, Math.max(pause, busyFor + Math.random()) * 1000)
}

function tell(state) {
  line.textContent = line.dataset[state]
}
