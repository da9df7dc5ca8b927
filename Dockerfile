# One image for everything that we run in a container: coordinator, nodes, command line. Which it is says its command.
#
# Stages: `deps` is what the programs need, `all` also what builds and tests them, `page` the built page. `test` is a clone
# with everything in it, for `docker compose run --rm test`; the last one is what runs, and holds no compiler and no npm cache.

FROM node:24-bookworm-slim AS deps
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No install scripts: what we use of binaries comes in packages of their own.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error \
 && npm cache clean --force --loglevel=error

FROM deps AS all
RUN npm ci --ignore-scripts --include=dev --include=optional --no-audit --no-fund --loglevel=error

FROM all AS page
COPY . .
RUN node tools/build-page.mjs

FROM page AS test
ENV CI=true NO_COLOR=1
RUN chown -R node:node /app
USER node
# Without those on the tree itself, which want its history.
CMD ["npx", "vitest", "run", "--project", "pure", "--exclude", "test/tidy/**"]

FROM node:24-bookworm-slim
# Without a lock file it is an installed package, and never installs anything by itself.
WORKDIR /app
COPY --from=deps /app/node_modules node_modules
COPY package.json unwedge LICENSE ./
COPY tools/run.mjs tools/compiled.mjs tools/ensure-installed.mjs tools/source-flags.mjs tools/container.mjs \
  tools/container-health.mjs tools/
COPY base base
COPY wire wire
COPY kernel kernel
COPY faults faults
COPY explain explain
COPY ports ports
COPY sim sim
COPY traffic traffic
COPY nodes nodes
COPY coordinator coordinator
COPY cli cli
COPY scenarios scenarios
COPY --from=page /app/dist/page dist/page
# Volumes take over owner and mode of the folders they are mounted on.
RUN groupadd --gid 10001 unwedge && useradd --uid 10001 --gid unwedge --no-create-home --home-dir /tmp unwedge \
 && install -d -o unwedge -g unwedge -m 0700 /var/lib/unwedge /run/unwedge
USER 10001:10001
ENV NODE_ENV=production UNWEDGE_OUT=/var/lib/unwedge/runs
ENTRYPOINT ["node", "/app/tools/container.mjs"]
CMD ["--help"]
