import { RecentlyUsed } from "../../../recently-used.ts";
import { ACL_CHANGED } from "../change-publisher.ts";
import type { GraphReader } from "../graph-connection.ts";

const NEWEST = "SELECT seq FROM sqlite_sequence WHERE name = '_honker_notifications'";
const SINCE = `SELECT count(*), count(*) FILTER (WHERE channel = '${ACL_CHANGED}') FROM _honker_notifications
  WHERE id > ? AND id <= ?`;
const MOST_LOOKED_AT = 1000; // notifications: from there on the questions are asked again, which costs no more

/**
 * Answers, each for as long as no change of an access control graph was told since it was found, by any process.
 *
 * Notifications are numbered in the order of their commits without a gap, and a number is never given again. So the newest
 * number says whether there are new ones, and those say whether one tells of a change; where one of them was pruned, it may
 * have. The number is read before the question is asked: what is committed between the two shows at the next look.
 */
export class AnswerCache {
  readonly #answers: RecentlyUsed<boolean | object>;
  #newest = -1;

  /** @param most answers to be kept; over that, the one that was not asked for the longest is let go. */
  constructor(most: number) {
    this.#answers = new RecentlyUsed(most);
  }

  /** HOT (bench/graphs.ts): the answer to `question`: the kept one, or what `ask` gives now. */
  get<Answer extends boolean | object>(reader: GraphReader, question: string, ask: () => Answer): Answer {
    this.#dropOutdated(reader);
    return this.#answers.get(question, ask) as Answer;
  }

  #dropOutdated(reader: GraphReader): void {
    const newest = (reader.row(NEWEST, [], 1)?.[0] ?? 0) as number;
    if (newest === this.#newest) return;
    if (!this.#isUnchanged(reader, newest)) this.#answers.clear();
    this.#newest = newest;
  }

  /** Whether all notifications up to `newest` that it does not know are there, and tell of something else. */
  #isUnchanged(reader: GraphReader, newest: number): boolean {
    const unknown = newest - this.#newest;
    if (this.#answers.size === 0) return true; // nothing to be outdated
    if (unknown < 0 || unknown > MOST_LOOKED_AT) return false;
    const [found, changes] = reader.row(SINCE, [this.#newest, newest], 2) as [number, number];
    return found === unknown && changes === 0;
  }
}
