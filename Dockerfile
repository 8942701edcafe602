FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# Optional packages stay out: the Node that the project brings along (the image has one) and a faster codec for Redis.
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund

FROM node:24-slim
# The lock on the data folder needs flock (util-linux) to hold between containers that share a volume.
RUN command -v flock && mkdir /data && chown node:node /data
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=packages /app/node_modules ./node_modules
# Not bundled: the bot starts some of these files as processes of their own, by their address.
COPY adapters ./adapters
COPY src ./src

USER node
ENV NODE_ENV=production DATA_DIR=/data PORT=3000
VOLUME /data
EXPOSE 3000
# 503 while the database or the chat is away; the body of the answer names what.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# The same line as `npm start`, without npm in between, so that a stop reaches the bot. Allow it 45 s to finish.
CMD ["node", "--liftoff-only", "src/run.mjs", "src/main.ts"]
