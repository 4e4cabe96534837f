// A table in IndexedDB whose rows keep their order; in memory where the browser refuses one. Its
// rows are on the disk when `add` is done. A part of journal.js.
const NAME = "lessons", TABLE = "journal"
const PATIENCE = 3 * 1000   // Milliseconds; some browsers never answer in a private window.

export async function open() {
  const late = new Promise((_done, fail) => setTimeout(fail, PATIENCE))
  return Promise.race([tried(), late]).catch(inMemory)
}

async function tried() {
  const table = onDisk(await database())
  await table.all()
  return table
}

function database() {
  return new Promise((done, fail) => {
    const asked = indexedDB.open(NAME, 1)
    asked.onupgradeneeded = () => asked.result.createObjectStore(TABLE, { keyPath: "number", autoIncrement: true })
    asked.onsuccess = () => done(asked.result)
    asked.onerror = asked.onblocked = () => fail(asked.error)
  })
}

function onDisk(base) {
  const ask = (mode, deed) => new Promise((done, fail) => {
    const work = base.transaction(TABLE, mode, { durability: "strict" })
    const asked = deed(work.objectStore(TABLE))
    work.oncomplete = () => done(asked.result)
    work.onabort = () => fail(work.error)
  })
  return {
    add: (row) => ask("readwrite", (table) => table.add(row)),
    all: () => ask("readonly", (table) => table.getAll()),
    remove: (number) => ask("readwrite", (table) => table.delete(number)),
    clear: () => ask("readwrite", (table) => table.clear()),
  }
}

function inMemory() {
  const rows = new Map()
  let last = 0
  return {
    add: async (row) => rows.set(++last, { ...row, number: last }),
    all: async () => [...rows.values()],
    remove: async (number) => rows.delete(number),
    clear: async () => rows.clear(),
  }
}
