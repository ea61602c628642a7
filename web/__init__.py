"""The web pages: TypeScript in `src`, built by Vite, served by the laptop and on AWS by CloudFront."""
