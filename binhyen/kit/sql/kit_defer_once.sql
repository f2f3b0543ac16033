-- Queue a job unless one with the same key is waiting: for jobs that find their rows themselves.

CREATE FUNCTION kit_defer_once(queue text, task text, key text, args jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = key AND status = 'todo') THEN RETURN; END IF;
    PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW(queue, task, 0, NULL, key, args, NULL)::procrastinate_job_to_defer_v1]);
EXCEPTION WHEN unique_violation THEN NULL;
END $$;
