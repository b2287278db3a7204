# Taskledger's processes; what one of them does is said by ROLES. `docs/deployment.md` says how they fit together.
ARG NODE_IMAGE=node:22.22.2-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package needs its install script: what is native comes built inside its package.
RUN npm ci --ignore-scripts --no-progress
COPY . .
RUN npm run build && find dist \( -name '*.d.ts' -o -name '*.map' -o -name '.tsbuildinfo' \) -delete

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-progress

FROM ${NODE_IMAGE}
ENV NODE_ENV=production DATA_DIR=/data
WORKDIR /app
# The embedded stores are kept here; a volume made on it belongs to the user of the process as well.
RUN install --directory --owner=node --group=node /data
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
COPY deploy/health.js ./deploy/
USER node
EXPOSE 8000
# Alive, not ready: whoever starts unhealthy containers anew must not do so because an engine is away.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["node", "deploy/health.js", "live"]
# Without a shell, so that SIGTERM reaches the process, which stops in order within 9 seconds. Run it with `--init`
# (`init: true`): a process that is number 1 ignores signals until it has begun to listen for them.
CMD ["node", "--max-semi-space-size=64", "--min-semi-space-size=32", "--v8-pool-size=1", "dist/cli/main.js", "start"]
