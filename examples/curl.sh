#!/usr/bin/env bash
# The whole story with curl: from an empty issuer to a credential that a stranger verifies.
#
#   make serve                                                     # in one terminal
#   .venv/bin/passports issuers create community --name "Open Community" --url https://community.example.org
#   ADMIN_TOKEN=$(.venv/bin/passports tokens create --issuer community --role administrator --name Ana)
#   ADMIN_TOKEN=$ADMIN_TOKEN examples/curl.sh http://127.0.0.1:8000
#
# Run it again and a new learner takes the same way: the definitions are the same, so they stay.
set -euo pipefail
cd "$(dirname "$0")/community-leadership"
url=${1:-${PASSPORTS_URL:-http://127.0.0.1:8000}}
url=${url%/}
: "${ADMIN_TOKEN:?Set ADMIN_TOKEN to an administrator\'s token.}"
python=${PYTHON:-python3}
run=$(date -u +%Y%m%d%H%M%S)-$$

# call TOKEN METHOD PATH [curl arguments]: the answer on standard output, the call on standard error.
call() {
  local token=$1 method=$2 path=$3
  shift 3
  local authorization=()
  [[ -z $token ]] || authorization=(-H "Authorization: Bearer $token")
  echo "$method $url$path" >&2
  local answer
  if ! answer=$(curl -sS --fail-with-body -X "$method" "$url$path" "${authorization[@]}" "$@"); then
    echo "$answer" >&2
    exit 1
  fi
  echo "$answer"
}
as_json=(-H 'Content-Type: application/json')
as_yaml=(-H 'Content-Type: application/yaml')

# member NAME: one member of the JSON object on standard input.
member() { "$python" -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
ago() { "$python" -c 'import datetime as d, sys; n = d.datetime.now(d.timezone.utc); print((n - d.timedelta(days=int(sys.argv[1]))).strftime("%Y-%m-%dT%H:00:00Z"))' "$1"; }

token() { # NAME ROLE [more members]
  call "$ADMIN_TOKEN" POST /v1/tokens "${as_json[@]}" -d "{\"name\": \"$1\", \"role\": \"$2\" ${3:-}}" | member secret
}

# 1. Tokens: nobody approves their own content or reviews their own evidence, so there are several people.
author=$(token ines author)
approver=$(token ben administrator ', "scopes": ["definitions:read", "content:approve"]')
lms=$(token lms.example.org integration)
reviewer=$(token rosa reviewer)

# 2. Definitions. The files are YAML; a list in a file is put one by one.
publish() { # COLLECTION KEY FILE
  call "$author" PUT "/v1/$1/$2" "${as_yaml[@]}" --data-binary "@$3" >/dev/null
  call "$author" POST "/v1/$1/$2/versions" >/dev/null
}
publish frameworks participation-leadership framework.yaml

publish rubrics project-outcomes <(sed -e '/^#/d' -e 's/^- /  /' -e 's/^  //' rubrics.yaml)  # a list of one

element() { # KEY: the element of the list on standard input that begins with this key, as a document of its own
  awk -v first="- key: $1" '/^- / { on = ($0 == first) } on { sub(/^- /, ""); sub(/^  /, ""); print }'
}
for key in $(sed -n 's/^- key: //p' content.yaml); do
  element "$key" <content.yaml | call "$author" PUT "/v1/content/$key" "${as_yaml[@]}" --data-binary @- >/dev/null
  call "$approver" POST "/v1/content/$key/approvals" "${as_json[@]}" -d '{"from": "2020-01-01T00:00:00Z"}' >/dev/null
done
publish passports community-leadership passport.yaml

# 3. A learner goes for it.
learner=$(call "$lms" POST /v1/learners "${as_json[@]}" -d "{
  \"namespace\": \"https://lms.example.org\", \"external_id\": \"curl-$run\",
  \"display_name\": \"Amina\", \"email\": \"amina-$run@example.org\"}" | member id)
own=$(token amina learner ", \"learner\": \"$learner\"")
enrolment=$(call "$lms" POST /v1/enrolments "${as_json[@]}" \
  -d "{\"learner\": \"$learner\", \"passport\": \"community-leadership\"}" | member id)

# 4. Nine pieces of evidence: six from the learning platform, three of her own.
evidence() { # TOKEN BODY: prints the id
  call "$1" POST "/v1/enrolments/$enrolment/evidence" "${as_json[@]}" -d "$2" | member id
}
for key in know-your-story mission-today plan-for-impact open-by-design find-your-specialty teams-that-last; do
  evidence "$lms" "{\"kind\": \"content_completion\", \"title\": \"$key\", \"content\": \"$key\",
    \"occurred_at\": \"$(ago 100)\"}" >/dev/null
done
project=$(evidence "$own" "{\"kind\": \"experience\", \"template\": \"community-project\",
  \"title\": \"A repair cafe in the library\", \"occurred_at\": \"$(ago 60)\"}")
mentoring=$(evidence "$own" "{\"kind\": \"experience\", \"template\": \"mentoring\",
  \"title\": \"Mentored Jo\", \"occurred_at\": \"$(ago 40)\"}")
log=$(evidence "$own" "{\"kind\": \"learning_log\", \"title\": \"How projects welcome newcomers\",
  \"occurred_at\": \"$(ago 20)\", \"topics\": [\"open-source\"], \"minutes\": 360,
  \"reflection\": \"I looked for tools and found habits.\", \"outcomes\": {\"what-i-learned\": \"Answer soon.\"}}")

# 5. Reviews. The log comes back once: it does not say what she will do with it.
review() { call "$reviewer" POST "/v1/evidence/$1/reviews" "${as_json[@]}" -d "$2" >/dev/null; }
review "$project" '{"decision": "accepted", "comment": "It shows.",
  "levels": [{"rubric": "project-outcomes", "criterion": "outcome", "level": "achieved"}]}'
review "$mentoring" '{"decision": "accepted", "comment": "Well done."}'
review "$log" '{"decision": "returned", "comment": "What will you do with it?"}'
call "$own" GET "/v1/enrolments/$enrolment/progress" | member units
call "$own" POST "/v1/evidence/$log/revisions" "${as_json[@]}" -d "{\"kind\": \"learning_log\",
  \"title\": \"How projects welcome newcomers\", \"occurred_at\": \"$(ago 20)\", \"topics\": [\"open-source\"],
  \"minutes\": 360, \"reflection\": \"I looked for tools and found habits.\",
  \"outcomes\": {\"what-i-learned\": \"Answer soon.\", \"what-i-will-do-with-it\": \"Answer within two days.\"}}" >/dev/null
review "$log" '{"decision": "accepted", "comment": "Now it is whole."}'

# 6. The credential. The worker issues it by itself; asking for it gives the same one.
credential=$(call "$lms" POST "/v1/enrolments/$enrolment/credentials" | member url)

# 7. A stranger verifies it.
verified=$(call "" POST /verify "${as_json[@]}" \
  -d "{\"url\": \"$credential\", \"recipient\": \"amina-$run@example.org\"}" | member verdict)
echo "$credential is $verified"
[[ $verified == verified ]]
