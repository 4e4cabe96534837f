// A call of the site by a script of a page: with the page's token, and not for ever. A part of the
// scripts that send what a device keeps.
const PATIENCE = 15   // Seconds after which a request counts as lost.
let token

// Returns what was answered with its `status`, 0 for no answer; of a site that is busy or broken
// `busyFor`, the seconds that it asks for.
export async function call(method, address, body) {
  const patience = new AbortController()
  const late = setTimeout(() => patience.abort(), PATIENCE * 1000)
  token ??= field(document).value
  try {
    const answer = await fetch(address, {
      method,
      headers: { "Content-Type": "application/json", "X-CSRF-Token": token },
      body: JSON.stringify(body),
      signal: patience.signal,
    })
    const { status, headers } = answer
    if (status === 429 || status >= 500) return { status, busyFor: Number(headers.get("Retry-After")) || 0 }
    return { status, ...await answer.json() }
  } catch {
    return { status: 0 }
  } finally {
    clearTimeout(late)
  }
}

// Who signed in again in another window has a new token; any page of the site tells it.
export async function renew() {
  const page = await fetch(location.pathname).then((answer) => answer.text()).catch(() => "")
  const found = field(new DOMParser().parseFromString(page, "text/html"))
  if (found) token = found.value
}

// Whether a page of the site can be had now.
export function isThere(address) {
  return fetch(address, { method: "HEAD" }).then((answer) => answer.status < 500, () => false)
}

function field(page) {
  return page.querySelector("[name=csrf_token]")
}
