// Asks before something that cannot be taken back. On a form, or on one button of a form.
export default function confirm(element) {
  const moment = element instanceof HTMLFormElement ? "submit" : "click"
  element.addEventListener(moment, (event) => {
    if (!window.confirm(element.dataset.confirm)) event.preventDefault()
  })
}
