/** The longest a timer can wait, some 24 days: a longer one fires at once. */
export const MAX_DELAY_MS: number = 2 ** 31 - 1;
