# The program that make release wrote, and nothing else: make release first, then
#   docker build -t attributed .
FROM scratch
ARG TARGETARCH
COPY dist/image/ca-certificates.crt /etc/ssl/certs/
COPY dist/image/${TARGETARCH}/attributed /usr/bin/
COPY LICENSE dist/image/${TARGETARCH}/THIRD-PARTY-LICENSES.txt /usr/share/doc/attributed/
COPY --chown=65532:65532 dist/image/data /data
USER 65532:65532
ENV ATTRIBUTED_LISTEN=0.0.0.0:8080 ATTRIBUTED_DATABASE=sqlite:/data/attributed.db
EXPOSE 8080
VOLUME /data
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s CMD ["/usr/bin/attributed", "ready"]
ENTRYPOINT ["/usr/bin/attributed"]
CMD ["serve"]
