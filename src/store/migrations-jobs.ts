import { type Kysely, sql } from 'kysely'

/**
 * Part of migration 005, and of 004 for databases that come from further back: attempts of a job get the time at which
 * their money counts. That is when it was taken from the budget, last before the attempt was sent or ended. Where there
 * are no books yet, they are opened with the time of the job's last hold, for all of its attempts.
 */
export async function fillQueuedAt(db: Kysely<unknown>): Promise<void> {
  const filled = (list: 'lost' | 'earlier', time: 'sentAt' | 'endedAt') => sql`
    coalesce((
      select jsonb_agg(
        jsonb_build_object('queuedAt', coalesce(to_jsonb(taken.last_before), to_jsonb(taken.first), data->'queuedAt'))
        || attempt
        order by place
      )
      from jsonb_array_elements(data->${sql.lit(list)}) with ordinality as list (attempt, place),
      lateral (
        select
          max(counted_at) filter (where counted_at <= (attempt->>${sql.lit(time)})::bigint) as last_before,
          min(counted_at) as first
        from ledger where job_id = jobs.id and account = 'budget' and amount_usd < 0
      ) as taken
    ), '[]')`
  await sql`
    update jobs set data = data || jsonb_build_object(
      'lost', ${filled('lost', 'sentAt')}, 'earlier', ${filled('earlier', 'endedAt')}
    )
    where data ? 'queuedAt' and (data->'lost' <> '[]' or data->'earlier' <> '[]')`.execute(db)
}

/**
 * Part of migration 003: jobs as version 0.2.0 wrote them get what later versions expect of a job in their state. What
 * was never noted becomes what stands for "not known"; what is there already is kept. No job changes its state, its
 * version or its history by this, so buttons that were posted before still act.
 */
export async function upgradeJobs(db: Kysely<unknown>): Promise<void> {
  // There was one model, and an offer stood for 15 minutes.
  await sql`
    update jobs set data = data || jsonb_build_object('offer',
      jsonb_build_object(
        'model', 'topaz-video-upscale',
        'quotedAt', (data->'offer'->>'expiresAt')::numeric - 900000
      )
      || (data->'offer')
      || jsonb_build_object('prices', (
        select coalesce(jsonb_agg('{"expected": null}'::jsonb || price order by place), '[]')
        from jsonb_array_elements(data->'offer'->'prices') with ordinality as list (price, place)
      ))
    )
    where data ? 'offer'`.execute(db)
  // The price of a job never changed once it was agreed to.
  await sql`
    update jobs set data = '{"earlier": []}'::jsonb || data || jsonb_build_object('lost', (
      select coalesce(jsonb_agg(jsonb_build_object('agreedUsd', data->'agreedUsd') || answer order by place), '[]')
      from jsonb_array_elements(data->'lost') with ordinality as list (answer, place)
    ))
    where data ? 'agreedUsd'`.execute(db)
  // They waited for people alone; now the billing is looked at too, 3 s after the answer was given up.
  await sql`
    update jobs set data = '{"evidence": null}'::jsonb || data, due_at = (data->>'stateAt')::bigint + 3000
    where state = 'unconfirmed'`.execute(db)
  await sql`
    update jobs set data =
      '{"kind": "unknown", "expected": null, "late": false}'::jsonb
      || jsonb_build_object('polledAt', data->'submittedAt')
      || data
    where state = 'processing'`.execute(db)
  await sql`update jobs set data = '{"unreadable": 0}'::jsonb || data where state = 'saving'`.execute(db)
  await sql`update jobs set data = '{"retryUntil": null}'::jsonb || data where state = 'failed'`.execute(db)

  // What went wrong used to be the closing message, and had no button.
  await sql`
    update jobs set posts =
      posts - 'closing'
      || jsonb_build_object('failure', posts->'closing', 'failureOf', 0, 'failureDone', true)
    where state = 'failed' and posts ? 'closing'`.execute(db)
  // A question that is done with, while there is one to ask, was about the answer before.
  await sql`
    update jobs set posts = posts || jsonb_build_object('questionOf',
      jsonb_array_length(data->'lost')
      - case when state = 'unconfirmed' and (posts->>'questionDone')::boolean then 1 else 0 end
    )
    where posts ? 'question' and data ? 'lost'`.execute(db)
}
