/** The API's contract as Swagger UI shows it. A page of its own, with a policy of its own: Swagger UI writes HTML and styles. */

import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";
import "swagger-ui-dist/swagger-ui.css";

// what `/openapi.json` describes lies below `/api` here; calls that change something are made by the commands
SwaggerUI({ url: "/api/openapi.json", dom_id: "#contract", supportedSubmitMethods: ["get"], validatorUrl: null });
