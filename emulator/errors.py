"""Error codes of the OA API with Zalo's messages, verbatim (original spelling)."""

ERROR_MESSAGES: dict[int, str] = {
    -32: "Your application reached limit call api",
    -100: "attachment_id was expired",
    -200: "Send message failed",
    -201: "{field} is invalid!",
    -202: "Invalid Mac",
    -204: "Offical Account is disable",
    -205: "Offical Account is not exist",
    -209: "Not supported this api",
    -210: "Parameter exceeds allowable limit",
    -211: "Out of quota",
    -212: "App has not registed this api",
    -213: "User has not followed OA",
    -214: "Article is being processed",
    -216: "Access token is invalid",
    -217: "User has blocked invitation from OA",
    -218: "Out of quota receive",
    -219: "App is removed or disabled",
    -220: "access_token is expired or removed",
    -221: "The OA needs to be verified to use this feature",
    -223: "Official Account has not authorized this API",
    -224: "The OA needs to upgrade OA Tier Package",
    -227: "User is banned or has been inactive for more than 45 days",
    -230: "User has not interacted with the OA in the past 7 days",
    -232: "User has not interacted with the OA or the interaction is expired",
    -233: "message type is invalid or not support",
    -234: "This message cannot be sent at night (10:00PM - 6:00AM)",
    -235: "This API does not support this type of OA",
    -237: "The group is disabled",
    -238: "asset_id is already used / disabled",
    -240: "MessageV2 API has been shut down, please switch to MessageV3",
    -241: "asset_id is already used",
    -242: "Invalid appsecret_proof provided in the API argument",
    -244: "User has restricted this message type from your OA",
    -248: "This message violates platform standards",
    -249: "Template does not support send via UID",
    -403: "OA is not in group",
}


class ZaloError(Exception):
    """An API error, sent as HTTP 200 with `{"error": code, "message": …}`."""

    def __init__(self, code: int, field: str = "") -> None:
        self.code = code
        self.text = ERROR_MESSAGES.get(code, "Unknown error").format(field=field)
        super().__init__(f"{code} {self.text}")


def invalid_field_error(field: str) -> ZaloError:
    return ZaloError(-201, field)


class RequestRejected(Exception):
    """A request that the control API rejects; sent as 4xx with the reason."""

    def __init__(self, reason: str, status: int = 400) -> None:
        self.status = status
        super().__init__(reason)
