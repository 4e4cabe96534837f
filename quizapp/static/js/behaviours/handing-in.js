// Hands a quiz in. Without a connection the wish is kept on this device, the page says so, and it is
// sent when there is one again.
import { carry } from "./carrying.js"
import * as unsent from "./unsent.js"

export default function handingIn(form) {
  const { sitting } = form.dataset
  const queued = form.querySelector('[data-part="queued"]')

  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    try {
      await unsent.keep({ sitting, position: unsent.HANDS_IN, choice: [], seq: 1 })
    } catch {
      return form.submit()   // The device is full: then it is sent as without a script.
    }
    const slow = setTimeout(() => { queued.hidden = false }, 1000)
    await carry()
    clearTimeout(slow)
    queued.hidden = false
  })
  document.addEventListener("away", () => { form.querySelector('[data-part="away"]').hidden = false })
}
