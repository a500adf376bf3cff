/** What YAML reads as text without quotes in a `key: value` line, whatever follows: a little less than all of it. */
const plain = /^[A-Za-z./](?:[\w./'"&|=$(){}[\]@<>*?!;,+-]|:(?=\S)|[ ](?=[^ #]))*$/

/** A text as the value of a key. */
export const yamlText = (text: string): string => (plain.test(text) ? text : JSON.stringify(text))
