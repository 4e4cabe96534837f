// What a question holds as its answer, as the API takes it. A part of sitting.js.
export function given(item) {
  const values = [...fields(item)].filter(isSet).map((field) => field.value.trim())
  if (item.dataset.kind !== "order") return values
  const places = values.map((value) => value.split(":")).sort((one, other) => one[1] - other[1])
  const isWhole = places.length === fields(item).length && places.every(([, place], index) => Number(place) === index + 1)
  return isWhole ? places.map(([letter]) => letter) : []
}

// Puts such an answer into the fields of the question.
export function fill(item, choice) {
  const values = item.dataset.kind === "order" ? choice.map((letter, index) => `${letter}:${index + 1}`) : choice
  for (const field of fields(item)) {
    if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value)
    else if (field.options) field.selectedIndex = Math.max(0, [...field.options].findIndex(({ value }) => values.includes(value)))
    else field.value = values[0] || ""
  }
  item.dispatchEvent(new Event("filled", { bubbles: true }))
}

// In a match every select has its partner, before that the question is not answered.
export function isAnswered(item) {
  const count = given(item).length
  return item.dataset.kind === "match" ? count === fields(item).length : count > 0
}

// Whether something was chosen before the script was there.
export function isChanged(item) {
  return [...fields(item)].some((field) => {
    if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected && option.value)
    return field.type === "text" ? field.value !== field.defaultValue : field.checked !== field.defaultChecked
  })
}

function fields(item) {
  return item.querySelectorAll(`[name="${item.id}"]`)
}

function isSet(field) {
  return field.type === "radio" || field.type === "checkbox" ? field.checked : field.value.trim() !== ""
}
