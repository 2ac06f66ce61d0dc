/** Longest text of the chat, characters. */
export const maxChatText = 2000;

/**
 * A text as it is shown and sent: one line, without control characters and without what turns the direction of writing
 * (it could make a line look like another's). Empty: nothing is left.
 */
export const chatText = (text: string): string =>
  text
    .replace(/[\r\n\t\u2028\u2029]+/g, ' ')
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim();
