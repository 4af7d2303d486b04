# What docker could do without. usage: docker.sh LIMIT     changes nothing
# Writes lines: "container ID STATUS FINISHED SIZE NAME", "image ID SIZE CREATED", "volume NAME", "cache SIZE", "end"
limit=$1
report() {
  has docker && docker version --format '{{.Server.Version}}' >/dev/null 2>&1 || { echo absent; echo end; return; }
  docker ps -aq --no-trunc --filter status=exited --filter status=created --filter status=dead | head -n 2000 |
    xargs -r -n 100 docker inspect --size \
      --format 'container {{.Id}} {{.State.Status}} {{.State.FinishedAt}} {{.SizeRw}} {{.Name}}' 2>/dev/null
  docker images -q --no-trunc --filter dangling=true | sort -u | head -n 2000 |
    xargs -r -n 100 docker image inspect --format 'image {{.Id}} {{.Size}} {{.Created}}' 2>/dev/null
  docker volume ls -q | sed 's/^/volume /'
  docker system df --format '{{.Type}}|{{.Reclaimable}}' | sed -n 's/^Build Cache|/cache /p'
  echo end
}
report 2>/dev/null | head -c "$limit"
