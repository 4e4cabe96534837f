// What a pupil has chosen in quizzes and the site has not said to be saved, on this device: of each
// question the newest choice, under a mark that says nothing about who it is. A part of sender.js
// and carrying.js.
import { open } from "./store.js"

export const HANDS_IN = 0   // In place of a position: the wish to hand in.
const table = open("choices")
const reader = document.querySelector("[data-reader]").dataset.reader

// Returns the rows of this pupil; those of others wait for them.
export async function rows() {
  const all = await (await table).all()
  return all.filter((row) => row.reader === reader)
}

export async function keep(row) {
  const isOld = (before) => before && before.seq > row.seq   // Another tab was faster.
  await (await table).change([row.sitting, row.position], (before) => isOld(before) ? undefined : { ...row, reader })
}

// Up to this number the site has it, or does not want it any more.
export async function settle(sitting, position, seq = Infinity) {
  await (await table).change([sitting, position], (row) => row && row.seq <= seq ? null : undefined)
}

export async function forget(sitting) {
  const all = await table
  for (const row of await all.all()) {
    if (row.sitting === sitting) await all.remove([sitting, row.position])
  }
}

export async function wipe() {
  await (await table).clear()
}
