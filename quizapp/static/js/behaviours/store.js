// Tables in IndexedDB, in memory where the browser refuses one. What was written is on the disk when
// the promise is kept. A part of journal.js and unsent.js.
const NAME = "kept"
const TABLES = {
  journal: { keyPath: "number", autoIncrement: true },   // Its rows keep their order.
  choices: { keyPath: ["sitting", "position"] },
}
const PATIENCE = 3 * 1000   // Milliseconds; some browsers never answer in a private window.
let base   // Promise of the database; none after the browser was told to empty it.

export async function open(name) {
  const late = new Promise((_done, fail) => setTimeout(fail, PATIENCE))
  return Promise.race([tried(name), late]).catch(() => inMemory(TABLES[name]))
}

async function tried(name) {
  const table = onDisk(name)
  await table.all()
  return table
}

function database() {
  base ??= new Promise((done, fail) => {
    const asked = indexedDB.open(NAME, 1)
    asked.onupgradeneeded = () => {
      for (const [name, shape] of Object.entries(TABLES)) asked.result.createObjectStore(name, shape)
    }
    asked.onsuccess = () => {
      asked.result.onclose = () => { base = undefined }
      done(asked.result)
    }
    asked.onerror = asked.onblocked = () => fail(asked.error)
  })
  return base
}

function onDisk(name) {
  async function ask(mode, deed) {
    const work = (await database()).transaction(name, mode, { durability: "strict" })
    return new Promise((done, fail) => {
      const asked = deed(work.objectStore(name))
      work.oncomplete = () => done(asked.result)
      work.onabort = () => fail(work.error)
    })
  }
  return {
    add: (row) => ask("readwrite", (table) => table.add(row)),
    all: () => ask("readonly", (table) => table.getAll()),
    remove: (key) => ask("readwrite", (table) => table.delete(key)),
    clear: () => ask("readwrite", (table) => table.clear()),
    // `deed` takes the row, if there is one, and returns what is to stand: null for none, undefined
    // for what stands already.
    change: (key, deed) => ask("readwrite", (table) => {
      const asked = table.get(key)
      asked.onsuccess = () => {
        const made = deed(asked.result)
        if (made) table.put(made)
        if (made === null) table.delete(key)
      }
      return asked
    }),
  }
}

function inMemory({ keyPath }) {
  const rows = new Map()
  let last = 0
  const keyOf = (row) => String([keyPath].flat().map((part) => row[part]))
  const put = (row) => rows.set(keyOf(row), row)
  return {
    add: async (row) => put({ ...row, number: ++last }),
    all: async () => [...rows.values()],
    remove: async (key) => rows.delete(String(key)),
    clear: async () => rows.clear(),
    change: async (key, deed) => {
      const made = deed(rows.get(String(key)))
      if (made) put(made)
      if (made === null) rows.delete(String(key))
    },
  }
}
