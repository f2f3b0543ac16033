-- Queue a job at the priority of its queue, unless one with the same key is waiting.
-- Workers fetch by priority, not by the order of their queues (procrastinate_fetch_job_v2).

CREATE FUNCTION kit_defer_by_queue(queue text, priority integer, task text, key text, args jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = key AND status = 'todo') THEN RETURN; END IF;
    PERFORM procrastinate_defer_jobs_v1(
        ARRAY[ROW(queue, task, priority, NULL, key, args, NULL)::procrastinate_job_to_defer_v1]
    );
EXCEPTION WHEN unique_violation THEN NULL;
END $$;
