declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  interface Options {
    url: string;
    dom_id: string;
    supportedSubmitMethods: string[];
    validatorUrl: string | null;
  }
  export default function SwaggerUI(options: Options): unknown;
}
