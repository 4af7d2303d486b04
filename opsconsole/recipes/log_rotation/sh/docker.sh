# What docker could do without. usage: docker.sh LIMIT     changes nothing
# Writes lines: "container ID STATUS FINISHED SIZE NAME", "uses IMAGE CONTAINER" of each container, running or not,
# "image ID SIZE CREATED", "volume NAME", "record ID TYPE IN_USE SHARED SIZE" of the build cache, "cache SIZE", "end"
limit=$1
report() {
  has docker && docker version --format '{{.Server.Version}}' >/dev/null 2>&1 || { echo absent; echo end; return; }
  docker ps -aq --no-trunc --filter status=exited --filter status=created --filter status=dead | head -n 2000 |
    xargs -r -n 100 docker inspect --size \
      --format 'container {{.Id}} {{.State.Status}} {{.State.FinishedAt}} {{.SizeRw}} {{.Name}}' 2>/dev/null
  docker images -q --no-trunc --filter dangling=true | sort -u | head -n 2000 |
    xargs -r -n 100 docker image inspect --format 'image {{.Id}} {{.Size}} {{.Created}}' 2>/dev/null
  docker ps -aq --no-trunc | xargs -r -n 100 docker inspect --format 'uses {{.Image}} {{.Id}}' 2>/dev/null
  # Without this list nobody could tell afterwards whether one is gone: no end, and so no plan.
  volumes=$(docker volume ls -q) || return
  printf '%s\n' "$volumes" | sed -n 's/^./volume &/p'
  docker system df -v --format "$records" 2>/dev/null | grep '^record ' | head -n 5000
  docker system df --format '{{.Type}}|{{.Reclaimable}}' | sed -n 's/^Build Cache|/cache /p'
  echo end
}
# No \n in it: docker puts a newline for that even within quotes.
records='{{range .BuildCache}}{{println "record" .ID .CacheType .InUse .Shared .Size}}{{end}}'
report 2>/dev/null | head -c "$limit"
