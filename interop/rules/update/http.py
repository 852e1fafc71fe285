"""Fetch a file over HTTPS: tries again what passes, believes no answer that is not whole, and keeps the key.

A key goes to the server it is for and to no other, and never into a message: what fails is said in words of
ours, without what the library said.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from interop import __version__
from interop.errors import UsageError

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

REDIRECTS = 5
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_AGAIN = (408, 425, 429, 500, 502, 503, 504)
_PORTS = {"https": 443, "http": 80}


class FetchError(UsageError):
    """What was asked for did not come; `status` is the server's last answer, None where there was none."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class _PassingError(Exception):
    """It may go well next time, in `wait` seconds if the server says so; `quick` if waiting rarely helps."""

    def __init__(
        self, message: str, *, status: int | None = None, wait: float | None = None, quick: bool = False
    ) -> None:
        super().__init__(message)
        self.status, self.wait, self.quick = status, wait, quick


@dataclass(frozen=True)
class Patience:
    """How long to try, in seconds: pauses double from `pause`; `wait` is the longest Retry-After obeyed."""

    tries: int = 5
    pause: float = 1.0
    connect: float = 10.0
    read: float = 60.0
    wait: float = 120.0
    whole: float = 900.0


@dataclass(frozen=True)
class Server:
    """A server to fetch from: its address, the headers for it, and those that only it may see."""

    base: str
    headers: Mapping[str, str] = field(default_factory=dict)
    secret: Mapping[str, str] = field(default_factory=dict, repr=False)
    patience: Patience = field(default_factory=Patience)
    sleep: Callable[[float], object] = time.sleep

    def __post_init__(self) -> None:
        place = _allowed(self.base)
        if place.query or place.fragment:
            raise UsageError("the address to fetch from is a host and a path; write https://host/path")

    def fetch(self, path: str, target: IO[bytes], most: int) -> None:
        """The answer to GET `path` into `target` (emptied first), `most` bytes of it at most.

        Raises FetchError in one sentence: out of reach, refused, too large, or not whole after the last try.
        """
        deadline = time.monotonic() + self.patience.whole
        pause, attempt = self.patience.pause, 0
        while True:
            attempt += 1
            target.seek(0)
            target.truncate()
            try:
                return self._once(path, target, most, deadline)
            except _PassingError as passing:
                wait = max(pause, passing.wait or 0.0)
                last = attempt >= (min(2, self.patience.tries) if passing.quick else self.patience.tries)
                if last or wait > self.patience.wait or time.monotonic() + wait > deadline:
                    raise FetchError(_given_up(str(passing), attempt, passing.wait), passing.status) from None
                self.sleep(wait)
                pause *= 2

    def _once(self, path: str, target: IO[bytes], most: int, deadline: float) -> None:
        url = self.base.rstrip("/") + path
        for _ in range(REDIRECTS + 1):
            place = _allowed(url)
            with _said(place), self._get(url, place) as response:
                if response.status in (301, 302, 303, 307, 308):
                    url = _redirected(url, response)
                    continue
                _judge(place, response)
                return _copy(place, response, target, most, deadline)
        raise FetchError(f"{_host(place)} sends from one address to the next without an end")

    @contextmanager
    def _get(self, url: str, place: SplitResult) -> Iterator[BaseHTTPResponse]:
        from urllib3 import Timeout

        headers = {"User-Agent": f"clinical-interop/{__version__}", **self.headers}
        if _origin(place) == _origin(urlsplit(self.base)):
            headers |= self.secret
        timeout = Timeout(connect=self.patience.connect, read=self.patience.read)
        with _pool(place) as pool:
            response = pool.request(
                "GET",
                url,
                headers=headers,
                preload_content=False,
                redirect=False,
                retries=False,
                timeout=timeout,
            )
            try:
                yield response
            finally:
                response.close()


def _pool(place: SplitResult) -> PoolManager:
    """Certificates are verified as the platform does; a proxy is the one of the environment or platform."""
    from urllib3 import PoolManager, ProxyManager, make_headers

    proxy = getproxies().get(place.scheme)
    if proxy is None or proxy_bypass(_host(place)):
        return PoolManager()
    about = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    user = f"{about.username}:{about.password or ''}" if about.username else None
    headers = make_headers(proxy_basic_auth=user) if user else None
    address = f"{about.scheme}://{about.hostname}:{about.port or _PORTS.get(about.scheme, 80)}"
    return ProxyManager(address, proxy_headers=headers)


def _allowed(url: str) -> SplitResult:
    """HTTPS, or plain HTTP to this machine alone; without name and password, which would be shown."""
    try:
        place = urlsplit(url)
        known = bool(place.hostname) and (place.port or 1) > 0
    except ValueError:
        raise UsageError("the address to fetch from is no address; write https://host") from None
    if place.username or place.password:
        raise UsageError("an address to fetch from holds no name and password; write https://host/path")
    plain = place.scheme == "http" and place.hostname in _LOOPBACK
    if not known or (place.scheme != "https" and not plain):
        raise UsageError(f"rules are fetched over https alone, not from {place.scheme}://{place.hostname}")
    return place


def _redirected(url: str, response: BaseHTTPResponse) -> str:
    there = response.headers.get("Location")
    if not there:
        raise FetchError(f"{_host(urlsplit(url))} sends elsewhere without saying where", response.status)
    target = urljoin(url, there)
    if urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https":
        raise FetchError(f"{_host(urlsplit(url))} sends from https to an open connection, which is refused")
    return target


def _judge(place: SplitResult, response: BaseHTTPResponse) -> None:
    status, host = response.status, _host(place)
    if status == 200:
        return
    # GitHub says "too many requests" with 403 too: docs.github.com, REST API, rate limits.
    limited = status == 403 and (
        "Retry-After" in response.headers or response.headers.get("X-RateLimit-Remaining") == "0"
    )
    if status in _AGAIN or limited:
        why = "asks for patience" if status == 429 or limited else "does not work at the moment"
        raise _PassingError(f"{host} {why} (HTTP {status})", status=status, wait=_asked(response))
    raise FetchError(f"{host} answers HTTP {status}", status)


def _asked(response: BaseHTTPResponse) -> float | None:
    """Seconds to wait as Retry-After says (seconds or a date), else as GitHub's X-RateLimit-Reset does."""
    from urllib3.exceptions import InvalidHeader
    from urllib3.util import Retry

    said = response.headers.get("Retry-After")
    reset = response.headers.get("X-RateLimit-Reset", "")
    try:
        if said is not None:
            return float(Retry().parse_retry_after(said))
    except InvalidHeader:
        return None
    spent = response.headers.get("X-RateLimit-Remaining") == "0"
    return max(0.0, float(reset) - time.time()) if spent and reset.isdigit() else None


def _copy(
    place: SplitResult, response: BaseHTTPResponse, target: IO[bytes], most: int, deadline: float
) -> None:
    size = 0
    for part in response.stream(1 << 16, decode_content=True):
        size += len(part)
        if size > most:
            raise FetchError(f"{_host(place)} sends more than {most:,} bytes, which is refused")
        if time.monotonic() > deadline:
            raise FetchError(f"{_host(place)} sends too slowly: not done in the time allowed")
        target.write(part)


@contextmanager
def _said(place: SplitResult) -> Iterator[None]:
    """The library's errors in our words: theirs may hold headers or addresses with tickets."""
    from urllib3 import exceptions as wrong

    host = _host(place)
    try:
        yield
    except wrong.SSLError:
        raise FetchError(
            f"{host} speaks no TLS, or its certificate is not trusted here; if a proxy opens connections, "
            "name its certificate in SSL_CERT_FILE"
        ) from None
    except wrong.ProxyError:
        raise _PassingError(f"the proxy to {host} cannot be used", quick=True) from None
    except wrong.NewConnectionError:  # the name is not known, or nobody listens
        raise _PassingError(f"{host} cannot be reached", quick=True) from None
    except (wrong.TimeoutError, TimeoutError):
        raise _PassingError(f"{host} does not answer in time") from None
    except (wrong.ProtocolError, wrong.DecodeError, ConnectionError):
        raise _PassingError(f"{host} broke off before its answer was whole") from None
    except wrong.HTTPError:
        raise FetchError(f"{host} does not speak HTTP as it should") from None


def _given_up(said: str, attempts: int, wait: float | None) -> str:
    later = f"; it asks to wait {wait:.0f} seconds" if wait else ""
    return f"{said}{f', after {attempts} tries' if attempts > 1 else ''}{later}"


def _host(place: SplitResult) -> str:
    return str(place.hostname)


def _origin(place: SplitResult) -> tuple[str, str, int]:
    return place.scheme, _host(place), place.port or _PORTS.get(place.scheme, 0)
