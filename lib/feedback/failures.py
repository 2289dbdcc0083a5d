"""What MLflow or Genie may say to a request, as far as it matters for what to do next."""


class MLflowFailed(Exception):
    """The message is for the log and never quotes what was sent."""


class NotThere(MLflowFailed):
    """The trace, or the assessment, is not there. A trace comes some seconds after its answer."""


class Busy(MLflowFailed):
    def __init__(self, after_seconds: float | None) -> None:
        """`after_seconds`: when MLflow asks to be called again; None if it does not say."""
        super().__init__("HTTP 429")
        self.after_seconds = after_seconds


class Forbidden(MLflowFailed):
    """The app's service principal lacks a permission."""


class Refused(MLflowFailed):
    """MLflow understood the request and will never accept it."""


class Unavailable(MLflowFailed):
    """No reply, or none that tells whether the request was carried out."""


class SignInRefused(Unavailable):
    """The token was not accepted."""
