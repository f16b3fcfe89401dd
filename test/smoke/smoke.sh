HOST="http://localhost:3000"
INCIDENT_ID=$(psql "$DATABASE_URL" -tA -c "
UPDATE incidents
SET status='open', severity='critical', acknowledged_at=NULL, escalation_level=1,
    first_seen=now() - interval '6 minutes', last_seen=now()
WHERE id = (SELECT id FROM incidents ORDER BY random() LIMIT 1)
RETURNING id;" | head -1)
curl -s "$HOST/ops/release-guard" | jq '.pass'          # false: an unacknowledged critical incident at level 1
psql "$DATABASE_URL" -c "
UPDATE incidents
SET status='acknowledged', acknowledged_by='smoke-test', acknowledged_at=now()
WHERE id='$INCIDENT_ID';"
curl -s "$HOST/ops/release-guard" | jq '.pass'          # true, unless a route is really failing
