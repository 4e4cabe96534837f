// The service worker of the lessons, served as /sw.js with three constants in front: VERSION and
// FILES, the static files that a lesson needs, and NOT_HERE, the page in place of one not kept.
// It keeps the pages that the site allows it to keep (header Keep-For, the mark of the pupil) with
// their pictures, without what names the pupil. Everything else it lets pass.
const OF_ALL = `files-${VERSION}`
const MOST_PAGES = 60, MOST_BYTES = 20 * 2 ** 20
const PATIENCE = 8 * 1000   // Milliseconds before a kept page is shown in place of a slow one.
const JUST_NOW = 60 * 1000  // After something was sent the kept page is older than the pupil knows.
const PAGE = /^\/lessons\/([a-z0-9-]+)?$/
const PICTURE = /^\/(lessons\/(look-alikes|[a-z]+\/pictures)|bank\/pictures)\//
const SIGNING = /^\/(api\/v1\/)?(sign-in|sign-out|card|window|invitations)(\/|$)/
const IN_PAGE = /src="(\/(?:lessons|bank)\/[^"]+)"/g
const PERSONAL = /<(\w+)[^>]* data-personal[\s>][\s\S]*?<\/\1>/g
let sent = 0

const path = (request) => new URL(request.url).pathname
const isPage = (name) => PAGE.test(name) && name !== NOT_HERE
const later = (pause) => new Promise((done) => setTimeout(done, pause))

self.addEventListener("install", (event) => event.waitUntil(install()))
self.addEventListener("activate", (event) => event.waitUntil(activate()))
self.addEventListener("message", (event) => event.waitUntil(keep(event.data.keep.filter(isPage), event.ports[0])))
self.addEventListener("fetch", (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (origin !== self.location.origin) return
  if (SIGNING.test(pathname)) return event.waitUntil(forget())
  if (request.method === "POST" && pathname.startsWith("/lessons/")) sent = Date.now()
  if (request.method !== "GET") return
  if (request.mode === "navigate" && isPage(pathname)) event.respondWith(page(event, pathname))
  else if (pathname.startsWith("/static/") || PICTURE.test(pathname)) event.respondWith(file(request))
})

async function install() {
  const files = await caches.open(OF_ALL)
  await files.addAll(FILES)
  await put(files, NOT_HERE, await fetch(NOT_HERE, { credentials: "omit" }))   // It is nobody's.
  await self.skipWaiting()
}

// What an older worker has kept names files that are gone: its pages are kept anew, and go only
// when the site has been asked for each of them.
async function activate() {
  const old = (await caches.keys()).filter((name) => !name.endsWith(VERSION))
  const pages = new Set()
  for (const name of old) {
    const requests = await (await caches.open(name)).keys()
    for (const page of requests.map(path).filter(isPage)) pages.add(page)
  }
  await self.clients.claim()
  if (await keep([...pages])) await Promise.all(old.map((name) => caches.delete(name)))
}

// Returns whether the site could be asked for all of them.
async function keep(pages, port) {
  let kept = 0, tried = 0, isAway = false
  for (const name of pages) {
    kept += await fetch(name).then((answer) => store(name, answer)).catch(() => { isAway = true; return 0 })
    tried += 1
    if (port) port.postMessage({ kept, tried })
  }
  return !isAway
}

// The network first; what was kept when it fails, or when it lets the pupil wait.
async function page(event, name) {
  const network = fetch(event.request)
  event.waitUntil(network.then((answer) => store(name, answer.clone())).catch(() => 0))
  const sound = network.then((answer) => answer.status < 500 ? answer : null, () => null)
  const first = Date.now() - sent < JUST_NOW ? sound : Promise.race([sound, later(PATIENCE)])
  return await first || await caches.match(name) || network.catch(() => caches.match(NOT_HERE))
}

function file(request) {
  return fetch(request).catch(async () => await caches.match(request) || Response.error())
}

// Keeps a page with its pictures and returns 1, or 0 if it must not. Who reads none of the pages
// that may be kept is nobody's reader: then what was kept goes.
async function store(name, answer) {
  if (answer.status !== 200) return 0
  const reader = answer.headers.get("Keep-For")
  const own = `lessons-${reader}-`
  await forget((other) => !reader || !other.startsWith(own))
  if (!reader) return 0
  const cache = await caches.open(own + VERSION)
  const text = await put(cache, name, answer)
  for (const older of await caches.keys()) {   // It would be found first.
    if (older !== own + VERSION) await (await caches.open(older)).delete(name)
  }
  for (const [, picture] of text.matchAll(IN_PAGE)) {
    if (PICTURE.test(picture) && !await cache.match(picture)) await putPicture(cache, picture)
  }
  await trim(cache)
  return 1
}

async function put(cache, name, answer) {
  const whole = await answer.text()
  const text = whole.replace(PERSONAL, "").replace("<html ", "<html data-kept ")
  await cache.put(name, made(new Blob([text]), answer))
  return text
}

async function putPicture(cache, name) {
  const answer = await fetch(name)
  if (answer.ok) await cache.put(name, made(await answer.blob(), answer))
}

function made(body, { headers }) {
  const told = new Headers(headers)
  for (const name of ["Content-Encoding", "Content-Length"]) told.delete(name)
  told.set("Kept-Bytes", body.size)
  return new Response(body, { headers: told })
}

// What was kept first goes first.
async function trim(cache) {
  const all = []
  for (const request of await cache.keys()) {
    const { headers } = await cache.match(request)
    all.push({ request, pages: Number(isPage(path(request))), bytes: Number(headers.get("Kept-Bytes")) })
  }
  const left = { pages: 0, bytes: 0 }
  for (const one of all.reverse()) {
    left.pages += one.pages
    left.bytes += one.bytes
    if (left.pages > MOST_PAGES || left.bytes > MOST_BYTES) await cache.delete(one.request)
  }
}

async function forget(isMeant = () => true) {
  const names = (await caches.keys()).filter((name) => name.startsWith("lessons-") && isMeant(name))
  for (const name of names) await caches.delete(name)
}
