# One image for every service; compose says which one a container runs.
FROM node:22-slim AS build
WORKDIR /podbus
COPY package.json package-lock.json ./
RUN npm install --no-save --include=dev --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:22-slim
WORKDIR /podbus
ENV NODE_ENV=production
COPY --from=build /podbus/package.json ./
COPY --from=build /podbus/node_modules node_modules
COPY --from=build /podbus/dist dist
COPY --from=build /podbus/libs/cri/proto libs/cri/proto
CMD ["node", "dist/apps/api/main.js"]
