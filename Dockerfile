# Hone as one static binary on a small base image.

FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w' -o /out/hone ./cmd/hone

FROM alpine:3.22.2
RUN adduser -D -u 10001 hone && install -d -o hone -g hone /data
COPY --from=build /out/hone /usr/local/bin/hone
USER 10001:10001
# Everything that Hone keeps on disk is below this folder.
VOLUME /data
ENV HONE_ADDR=0.0.0.0:8484 \
    HONE_DATABASE_URL=sqlite:/data/hone.db
EXPOSE 8484
# /healthz needs no key: it says that the process answers, nothing more.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD wget -q -O /dev/null http://127.0.0.1:8484/healthz
ENTRYPOINT ["hone"]
CMD ["serve"]
