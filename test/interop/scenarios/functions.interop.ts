import assert from "node:assert/strict";
import { withinOneSecond } from "../support/clock.ts";
import { scenario } from "../support/scenario.ts";
import type { Side } from "../support/side.ts";

/** Calls of Honker's SQL functions, in an order in which each finds something; each gives a value or an error. */
const CALLS = [
  "honker_bootstrap()",
  "honker_enqueue('q', '{\"a\": 1}', NULL, NULL, 0, 3, NULL)",
  "honker_enqueue('q', '2', 5, NULL, 9, 1, 60)",
  "honker_enqueue('q', '3', 5, 100, -1, 3, NULL)",
  "honker_enqueue('r', '4', NULL, NULL, 0, 3, 0)",
  "honker_enqueue('q', x'01', NULL, NULL, 0, 3, NULL)",
  "honker_enqueue('q', '1', NULL, NULL, 0.5, 3, NULL)",
  "honker_enqueue('q', '1', NULL, 1.5, 0, 3, NULL)",
  "honker_enqueue('q', '1', NULL, '1', 0, 3, NULL)",
  "honker_enqueue(NULL, '1', NULL, NULL, 0, 3, NULL)",
  "honker_get_job(1)",
  "honker_get_job(99)",
  "honker_queue_next_claim_at('q')",
  "honker_queue_next_claim_at('none')",
  "honker_claim_batch('q', 'w', 1, 60)",
  "honker_claim_batch('q', 'w', 1, 60)",
  "honker_claim_batch('q', 'w', 1, 60)",
  "honker_claim_batch('q', 'w', 1.0, 60)",
  "honker_get_job(1)",
  "honker_heartbeat(1, 'w', 30)",
  "honker_heartbeat(1, 'other', 30)",
  "honker_retry(2, 'w', 0, 'spent')",
  "honker_retry(1, 'w', 5, NULL)",
  "honker_retry(1, 'w', 5, 'again')",
  "honker_ack(1, 'w')",
  "honker_ack('1', 'w')",
  "honker_fail(1, 'w', 'late')",
  "honker_cancel(1)",
  "honker_cancel(1)",
  "honker_ack_batch('[]', 'w')",
  "honker_ack_batch('[1, 2, 77]', 'w')",
  "honker_ack_batch('no JSON', 'w')",
  "honker_sweep_expired('r')",
  "honker_lock_acquire('l', 'o', 60)",
  "honker_lock_acquire('l', 'p', 60)",
  "honker_lock_renew('l', 'o', 60)",
  "honker_lock_renew('l', 'o', 0)",
  "honker_lock_release('l', 'p')",
  "honker_lock_release('l', 'o')",
  "honker_rate_limit_try('r', 1, 3600)",
  "honker_rate_limit_try('r', 1, 3600)",
  "honker_rate_limit_try('r', 0, 3600)",
  "honker_rate_limit_sweep(-7200)",
  "honker_scheduler_register('t', 'q', '@every 1h', '{\"b\":1}', 2, NULL)",
  "honker_scheduler_register('u', 'q', '* * * * * *', '1', 0, 60, 0)",
  "honker_scheduler_register('v', 'q', 'bad', '1', 0, 60, 5)",
  "honker_scheduler_list()",
  "honker_scheduler_soonest()",
  "honker_scheduler_pause('t')",
  "honker_scheduler_pause('t')",
  "honker_scheduler_resume('t')",
  "honker_scheduler_resume('none')",
  "honker_scheduler_update('t', NULL, NULL, NULL, NULL, 0)",
  "honker_scheduler_update('t', NULL, '2', 7, 5, 1)",
  "honker_scheduler_update('t', NULL, NULL, NULL, NULL, 1, NULL, 1)",
  "honker_scheduler_update('t', NULL, NULL, NULL, NULL, 0, -4, 1)",
  "honker_scheduler_update('t', 'bad', NULL, NULL, NULL, 0)",
  "honker_scheduler_update('none', NULL, '2', 7, 5, 1)",
  "honker_scheduler_list()",
  "honker_scheduler_tick(0)",
  "honker_scheduler_tick(unixepoch() + 2)",
  "honker_scheduler_unregister('t')",
  "honker_scheduler_unregister('t')",
  "honker_result_save(5, 'text', 60)",
  "honker_result_save(6, 'text', 0)",
  "honker_result_get(5)",
  "honker_result_get(7)",
  "honker_result_sweep()",
  "honker_cron_next_after('*/7 3 * * *', 1700000000)",
  "honker_cron_next_after('bad', 1700000000)",
  "honker_stream_publish('s', NULL, '{\"c\": [1]}')",
  "honker_stream_publish('s', 'key', '2')",
  "honker_stream_read_since('s', 0, 10)",
  "honker_stream_read_since('s', 0, 1)",
  "honker_stream_read_since('s', 2, -1)",
  "honker_stream_save_offset('c', 's', 2)",
  "honker_stream_save_offset('c', 's', 1)",
  "honker_stream_get_offset('c', 's')",
  "honker_stream_get_offset('d', 's')",
  "notify('c', '1')",
  "notify('c', 1)",
  "no_such_function()",
];

/** Where E is meant to differ: it refuses what other readers of the file could not take. */
const STRICTER = [
  "honker_enqueue('q', 'no JSON', NULL, NULL, 0, 3, NULL)",
  "honker_enqueue('q', '1', NULL, NULL, 0, 0, NULL)",
  "honker_stream_publish('s', NULL, 'no JSON')",
];

const TABLES = ["live", "dead", "locks", "rate_limits", "scheduler_tasks", "results", "stream", "stream_consumers"];

async function answers(side: Side): Promise<unknown[]> {
  for (const table of TABLES) await side.sql(`DELETE FROM _honker_${table}`);
  await side.sql("DELETE FROM _honker_notifications");
  await side.sql("DELETE FROM sqlite_sequence");
  const found: unknown[] = [];
  for (const call of CALLS) {
    const value = await side.value(`SELECT ${call}`).catch(() => "an error");
    found.push([call, value]);
  }
  return found;
}

scenario(65, "Honker's SQL functions give the same and refuse the same on both sides", async (stage) => {
  const [e, h] = [await stage.engine(), await stage.honker(stage.otherPath())];
  await withinOneSecond(async () => {
    const [ours, theirs] = await Promise.all([answers(e), answers(h)]);
    for (const [i, answer] of ours.entries()) assert.deepEqual(answer, theirs[i]);
  });
  for (const call of STRICTER) await assert.rejects(e.sql(`SELECT ${call}`), call);
});
