-- All policies are made anew by rls/policies.py; none of an earlier version may stay beside them.
DO $$
DECLARE existing record;
BEGIN
    FOR existing IN SELECT policyname, tablename FROM pg_policies WHERE schemaname = 'public' LOOP
        EXECUTE format('DROP POLICY %I ON public.%I', existing.policyname, existing.tablename);
    END LOOP;
END $$;
