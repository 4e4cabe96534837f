// The text of an element as it is read: without the pinyin over it.
export default function plain(element) {
  const copy = element.cloneNode(true)
  for (const sound of copy.querySelectorAll("rt")) sound.remove()
  return copy.textContent
}
