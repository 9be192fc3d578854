"""``python -m orderhub.lab``: the lab with its defaults, and two days of orders behind it."""

from orderhub.lab.serve import serve

if __name__ == "__main__":
    serve(history_days=2)
